import type { IrNode } from "./document.ts";
import { edgesOf } from "./nodes/catalogue.ts";
import type { Edge } from "./nodes/node-kind.ts";

/** Splits `node` or `branch:case`. */
export function splitRef(ref: string): { nodeId: string; output?: string } {
  const colon = ref.indexOf(":");
  return colon < 0 ? { nodeId: ref } : { nodeId: ref.slice(0, colon), output: ref.slice(colon + 1) };
}

/** Nodes by id, with their position; of equal ids the first counts. */
export type Graph = {
  nodes: ReadonlyMap<string, { node: IrNode; index: number }>;
  edges: ReadonlyMap<string, Edge[]>;
  /** What a node reads stands before it; without the nodes of a circle and what hangs on them. */
  order: string[];
  /** One circle, in the direction of the data, the first node repeated at its end; or undefined. */
  cycle?: string[];
};

/** Builds the graph of a pipeline. Edges to nodes that are not there are kept; they do not matter to the order. */
export function graphOf(all: readonly IrNode[]): Graph {
  const nodes = new Map<string, { node: IrNode; index: number }>();
  const edges = new Map<string, Edge[]>();
  for (const [index, node] of all.entries()) {
    if (nodes.has(node.id)) continue;
    nodes.set(node.id, { node, index });
    edges.set(node.id, edgesOf(node));
  }
  const order: string[] = [];
  const state = new Map<string, "open" | "done" | "circular">();
  let cycle: string[] | undefined;

  const readsOf = (id: string): string[] =>
    (edges.get(id) ?? []).map((edge) => splitRef(edge.ref).nodeId).filter((read) => nodes.has(read));

  for (const start of nodes.keys()) {
    // Depth first without recursion: 500 nodes in a row must not exhaust the stack.
    const path: { id: string; reads: string[]; at: number }[] = [];
    const enter = (id: string): void => {
      state.set(id, "open");
      path.push({ id, reads: readsOf(id), at: 0 });
    };
    if (!state.has(start)) enter(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.reads[top.at++];
      if (next === undefined) {
        path.pop();
        const circular =
          state.get(top.id) === "circular" || top.reads.some((id) => state.get(id) === "circular");
        state.set(top.id, circular ? "circular" : "done");
        if (!circular) order.push(top.id);
      } else if (!state.has(next)) enter(next);
      else if (path.some((step) => step.id === next)) {
        const from = path.findIndex((step) => step.id === next);
        const members = path.slice(from).map((step) => step.id);
        cycle ??= [next, ...members.reverse()];
        for (const member of members) state.set(member, "circular");
      }
    }
  }
  return { nodes, edges, order, ...(cycle && { cycle }) };
}
