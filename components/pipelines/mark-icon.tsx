import { IconMinus, IconPencil, IconPlus } from "@tabler/icons-react";

/** What a proposal would do to a node. */
export type NodeMark = "added" | "changed" | "removed";

const ICONS: Record<NodeMark, typeof IconPlus> = {
  added: IconPlus,
  changed: IconPencil,
  removed: IconMinus,
};

/** What a proposal would do to a node, as a sign beside its word. */
export function MarkIcon({ mark }: { mark: NodeMark }) {
  const Icon = ICONS[mark];
  return <Icon size={11} stroke={2.5} aria-hidden />;
}
