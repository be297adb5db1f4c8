import { type Graph, splitRef } from "./graph.ts";
import type { SourceNode } from "./nodes/source.ts";

/** The sources whose rows, directly or as a side input, reach a node. */
export function sourcesAbove(graph: Graph, id: string): SourceNode[] {
  const seen = new Set<string>();
  const queue = [id];
  const sources: SourceNode[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const node = graph.nodes.get(next)?.node;
    if (node?.kind === "source") sources.push(node);
    for (const edge of graph.edges.get(next) ?? []) queue.push(splitRef(edge.ref).nodeId);
  }
  return sources;
}
