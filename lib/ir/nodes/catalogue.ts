import type { IrNode, NodeKind } from "../document.ts";
import { archiveKind } from "./archive.ts";
import { branchKind } from "./branch.ts";
import { enrichKind } from "./enrich.ts";
import { joinKind } from "./join.ts";
import type { Edge, NodeKindDescription } from "./node-kind.ts";
import { sourceKind } from "./source.ts";
import { targetKind } from "./target.ts";
import { transformKind } from "./transform.ts";
import { validateKind } from "./validate.ts";

type OfKind<Kind extends NodeKind> = Extract<IrNode, { kind: Kind }>;

/** Every kind of node, in the order of the documentation; a kind without an entry does not compile. */
export const nodeKinds = {
  source: sourceKind,
  transform: transformKind,
  validate: validateKind,
  target: targetKind,
  branch: branchKind,
  join: joinKind,
  enrich: enrichKind,
  archive: archiveKind,
} satisfies { [Kind in NodeKind]: NodeKindDescription<OfKind<Kind>> };

/** Names of all node kinds. */
export const NODE_KINDS = Object.keys(nodeKinds) as NodeKind[];

/** Everything a node reads, side inputs included. */
export function edgesOf(node: IrNode): Edge[] {
  const kind = nodeKinds[node.kind] as NodeKindDescription<IrNode>;
  return kind.edges(node);
}
