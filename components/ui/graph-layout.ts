import ELK from "elkjs/lib/elk.bundled.js";

/** Which way a graph is laid out. */
export type Direction = "RIGHT" | "DOWN";

/** What is laid out: ids of cards that are all of one size, and which leads to which. */
export type GraphShape = {
  ids: readonly string[];
  edges: readonly { from: string; to: string }[];
  card: { width: number; height: number };
  /** Pixels between two layers. */
  gap: number;
};

/** Where each card stands, by id, in pixels from the top left. */
export type Positions = Record<string, { x: number; y: number }>;

/** Lays a graph out in layers. Pure, but for the time it takes. */
export async function layOut(
  { ids, edges, card, gap }: GraphShape,
  direction: Direction,
): Promise<Positions> {
  const graph = await new ELK().layout({
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": direction,
      "elk.layered.spacing.nodeNodeBetweenLayers": String(direction === "RIGHT" ? gap : Math.min(gap, 72)),
      "elk.spacing.nodeNode": "28",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
    },
    children: ids.map((id) => ({ id, ...card })),
    edges: edges.map((edge, i) => ({ id: String(i), sources: [edge.from], targets: [edge.to] })),
  });
  return Object.fromEntries((graph.children ?? []).map((one) => [one.id, { x: one.x ?? 0, y: one.y ?? 0 }]));
}
