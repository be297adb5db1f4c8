import { type Graph, splitRef } from "./graph.ts";
import type { InputRole } from "./nodes/node-kind.ts";
import type { SourceNode } from "./nodes/source.ts";

/** What a node's rows are made of; other inputs are looked things up in. */
export const ROWS: readonly InputRole[] = ["main", "left", "right"];

/** The sources whose rows, directly or as a side input, reach a node. @param roles leaves out inputs of others. */
export function sourcesAbove(graph: Graph, id: string, roles?: readonly InputRole[]): SourceNode[] {
  const seen = new Set<string>();
  const queue = [id];
  const sources: SourceNode[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const node = graph.nodes.get(next)?.node;
    if (node?.kind === "source") sources.push(node);
    for (const { ref, role } of graph.edges.get(next) ?? [])
      if (!roles || roles.includes(role)) queue.push(splitRef(ref).nodeId);
  }
  return sources;
}
