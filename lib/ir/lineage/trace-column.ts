import type { LogicalPlan } from "../plan.ts";
import type { LineageNode, LineageOrigin, PlanLineage } from "./shapes.ts";
import { isDirect } from "./shapes.ts";

/** A column on the way: its name in that node, null for the rows as a whole, and what the node does to it, in words. */
export type TracedColumn = { name: string | null; notes: string[]; decides: boolean };

/** One node on the way of a column, with the columns by which it passes. */
export type TracedNode = { nodeId: string; columns: TracedColumn[] };

/** The way of one column, from its sources to where it was asked for. */
export type ColumnTrace = {
  /** In the order of the plan. */
  nodes: TracedNode[];
  /** Edges that it goes along, as `from` and `to`; `decides` if no value goes there, only a decision. */
  edges: { from: string; to: string; decides: boolean }[];
  origins: LineageOrigin[];
  /** What decides which rows there are. */
  rows: LineageOrigin[];
};

const placeOf = (nodeId: string, column: string | null): string => JSON.stringify([nodeId, column]);

/**
 * The way that a column of a node takes through the plan.
 * @returns undefined if the node has no such column, as far as its columns are known.
 */
export function traceColumn(
  plan: LogicalPlan,
  lineage: PlanLineage,
  at: { nodeId: string; column: string },
): ColumnTrace | undefined {
  const end = lineage.nodes.get(at.nodeId);
  const asked = end?.columns.find(({ name }) => name === at.column);
  if (!end || !asked) return undefined;
  const found = new Map<string, Map<string | null, TracedColumn>>();
  const edges = new Map<string, { from: string; to: string; decides: boolean }>();
  const queue: { nodeId: string; column: string | null; decides: boolean }[] = [
    { nodeId: at.nodeId, column: at.column, decides: false },
  ];
  const seen = new Map<string, boolean>();
  for (let next = queue.pop(); next; next = queue.pop()) {
    const { nodeId, column, decides } = next;
    const place = placeOf(nodeId, column);
    // A second time only where a value goes, after it was seen as a decision.
    if (seen.get(place) === false || seen.get(place) === decides) continue;
    seen.set(place, decides);
    const node = lineage.nodes.get(nodeId);
    const columns = found.get(nodeId) ?? new Map<string | null, TracedColumn>();
    found.set(nodeId, columns);
    const notes = node?.columns.find(({ name }) => name === column)?.notes ?? [];
    columns.set(column, { name: column, notes, decides });
    for (const link of linksOf(plan, node, nodeId, column)) {
      if (link.node === nodeId) continue;
      const only = decides || !link.direct;
      const key = JSON.stringify([link.node, nodeId]);
      const before = edges.get(key);
      edges.set(key, { from: link.node, to: nodeId, decides: only && (before?.decides ?? true) });
      queue.push({ nodeId: link.node, column: link.column, decides: only });
    }
  }
  const order = plan.steps.map(({ nodeId }) => nodeId).filter((id) => found.has(id));
  return {
    nodes: order.map((nodeId) => ({ nodeId, columns: [...(found.get(nodeId)?.values() ?? [])] })),
    edges: [...edges.values()],
    origins: asked.origins,
    rows: end.rows,
  };
}

/** What a column is made of, one node up. One that is not known by name comes from the inputs as it is. */
function linksOf(
  plan: LogicalPlan,
  node: LineageNode | undefined,
  nodeId: string,
  column: string | null,
): { node: string; column: string | null; direct: boolean }[] {
  const known = node?.columns.find(({ name }) => name === column);
  if (known) return known.links.map((link) => ({ ...link, direct: isDirect(link.kind) }));
  const inputs = plan.steps.find((step) => step.nodeId === nodeId)?.inputs ?? [];
  return inputs
    .filter(({ role }) => role === "main" || role === "left" || role === "right")
    .map((input) => ({ node: input.nodeId, column: node?.rest?.named ? column : null, direct: true }));
}
