import ELK from "elkjs/lib/elk.bundled.js";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { graphEdges } from "./node-facts.ts";

/** Size of a node card, in pixels: the layout and the stylesheet agree on it. */
export const CARD = { width: 236, height: 92 };

/** Where each node stands, by id, in pixels from the top left. */
export type Positions = Record<string, { x: number; y: number }>;

/** Lays a pipeline out in layers, along the rows' way. Pure, but for the time it takes. */
export async function layOut(ir: PipelineIr, direction: "RIGHT" | "DOWN"): Promise<Positions> {
  const graph = await new ELK().layout({
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": direction,
      "elk.layered.spacing.nodeNodeBetweenLayers": "72",
      "elk.spacing.nodeNode": "28",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
    },
    children: ir.nodes.map((node) => ({ id: node.id, ...CARD })),
    edges: graphEdges(ir).map((edge, i) => ({ id: String(i), sources: [edge.from], targets: [edge.to] })),
  });
  return Object.fromEntries((graph.children ?? []).map((one) => [one.id, { x: one.x ?? 0, y: one.y ?? 0 }]));
}
