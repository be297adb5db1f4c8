import type { Ledger, LedgerEdge, NodeCounts } from "#lib/runs/schema.ts";
import type { ReplayPlan } from "./plan-replay.ts";

/** Where replayed rows come from, in a ledger. */
const QUARANTINE = "quarantine";

/**
 * The ledger of a replay in the pipeline's own nodes: parts of one node are put together, what was read are the rows
 * that were replayed, and rows of nodes that were only looked at are not among the totals.
 */
export function foldLedger(
  { columns: _, ...ledger }: Ledger,
  { entries, nodeOf, reached }: ReplayPlan,
): Ledger {
  const inner = ledger.edges.filter(({ from, to }) => nodeOf(from) === nodeOf(to));
  const nodes: Record<string, NodeCounts> = {};
  for (const [id, counts] of Object.entries(ledger.nodes)) nodes[nodeOf(id)] = sum(nodes[nodeOf(id)], counts);
  for (const { to, rows } of inner) {
    const counts = nodes[nodeOf(to)];
    if (counts) Object.assign(counts, { in: counts.in - rows, out: counts.out - rows });
  }
  const given = [...entries.values()].map((id) => ({
    from: QUARANTINE,
    to: nodeOf(id),
    rows: ledger.nodes[id]?.in ?? 0,
  }));
  const outer = ledger.edges.filter((edge) => !inner.includes(edge));
  const through = Object.entries(nodes).filter(([id]) => reached.has(id));
  const total = (pick: "rejected" | "filtered" | "deduplicated" | "unmatched") =>
    through.reduce((all, [, counts]) => all + counts[pick], 0);
  return {
    ...ledger,
    read: given.reduce((all, { rows }) => all + rows, 0),
    rejected: total("rejected"),
    filtered: total("filtered"),
    deduplicated: total("deduplicated"),
    unmatched: total("unmatched"),
    nodes,
    edges: [
      ...given,
      ...outer.map((edge) => ({ ...edge, from: nodeOf(edge.from), to: nodeOf(edge.to) })),
    ].reduce(addEdge, []),
  };
}

function sum(a: NodeCounts | undefined, b: NodeCounts): NodeCounts {
  if (!a) return { ...b };
  const all = { ...a };
  for (const [key, rows] of Object.entries(b) as [keyof NodeCounts, number][])
    all[key] = (all[key] ?? 0) + rows;
  return all;
}

/** Edges between the same nodes are one. */
function addEdge(edges: LedgerEdge[], edge: LedgerEdge): LedgerEdge[] {
  const same = edges.find(
    ({ from, to, output }) => from === edge.from && to === edge.to && output === edge.output,
  );
  if (!same) return [...edges, edge];
  same.rows += edge.rows;
  return edges;
}
