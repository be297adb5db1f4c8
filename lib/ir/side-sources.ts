import type { Catalogue } from "./catalogue.ts";
import type { PipelineIr } from "./document.ts";
import type { EnrichNode } from "./nodes/enrich.ts";
import { TABLE_CONNECTORS, type TableSourceNode } from "./nodes/source.ts";
import { takenColumn } from "./plan-op.ts";

/** What the table of a saved source is called that a node enriches with; no node of a document has such an id. */
export const sideSourceId = ({ id }: Pick<EnrichNode, "id">): string => `${id}.with`;

/**
 * The document with a source node for each table of a saved source that a node enriches with, of the columns that are
 * taken and no others.
 * @param catalogue tells the saved source's connector; without it nothing can be read, and the plan is only looked at.
 */
export function withSideSources(ir: PipelineIr, catalogue: Catalogue | undefined): PipelineIr {
  const sides: TableSourceNode[] = [];
  const nodes = ir.nodes.map((node) => {
    if (node.kind !== "enrich" || typeof node.with === "string") return node;
    const { sourceRef, stream } = node.with;
    const saved = catalogue?.sources.find(({ ref }) => ref === sourceRef)?.connector;
    const connector = TABLE_CONNECTORS.find((name) => name === saved) ?? "postgres";
    const names = [...node.on.map(({ right }) => right), ...node.select.map((one) => takenColumn(one).field)];
    const config = { stream, columns: [...new Set(names)], syncMode: "full_refresh" as const };
    sides.push({ id: sideSourceId(node), kind: "source", connector, sourceRef, config });
    return { ...node, with: sideSourceId(node) };
  });
  return sides.length > 0 ? { ...ir, nodes: [...nodes, ...sides] } : ir;
}
