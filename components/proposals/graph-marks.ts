import type { NodeMark } from "#components/pipelines/mark-icon.tsx";
import type { Change, PipelineIr } from "#lib/ir/schema.ts";

/** A graph to draw: the document after the changes with the removed nodes still in it, and what happens to each node. */
export type MarkedGraph = { ir: PipelineIr; marks: Record<string, NodeMark> };

/** What some changes do to the graph. `before` is absent for a new pipeline. */
export function markedGraph(
  before: PipelineIr | undefined,
  after: PipelineIr,
  changes: readonly Change[],
): MarkedGraph {
  const kept = new Set(after.nodes.map((node) => node.id));
  const known = new Set(before?.nodes.map((node) => node.id));
  const gone = before?.nodes.filter((node) => !kept.has(node.id)) ?? [];
  const marks: Record<string, NodeMark> = {};
  for (const { nodeId } of changes)
    if (nodeId && kept.has(nodeId)) marks[nodeId] = known.has(nodeId) ? "changed" : "added";
  for (const { id } of gone) marks[id] = "removed";
  return { ir: { ...after, nodes: [...after.nodes, ...gone] }, marks };
}

/** How many nodes carry each mark, in the order of the legend. */
export function countMarks(marks: Record<string, NodeMark>): [NodeMark, number][] {
  const all = Object.values(marks);
  return (["added", "changed", "removed"] as const).map((mark) => [
    mark,
    all.filter((one) => one === mark).length,
  ]);
}
