import {
  IconArchive,
  IconArrowsJoin,
  IconArrowsSplit,
  IconDatabaseExport,
  IconDatabaseImport,
  IconShieldCheck,
  IconTransform,
  IconUserPlus,
} from "@tabler/icons-react";
import type { NodeKind } from "#lib/ir/schema.ts";

const ICONS = {
  source: IconDatabaseExport,
  transform: IconTransform,
  validate: IconShieldCheck,
  target: IconDatabaseImport,
  branch: IconArrowsSplit,
  join: IconArrowsJoin,
  enrich: IconUserPlus,
  archive: IconArchive,
} as const satisfies Record<NodeKind, unknown>;

/** The icon of a kind of node; decoration, the kind is always written beside it. */
export function KindIcon({ kind, size = 16 }: { kind: NodeKind; size?: number }) {
  const Icon = ICONS[kind];
  return <Icon size={size} stroke={1.6} aria-hidden />;
}
