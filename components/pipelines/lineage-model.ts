import { type ColumnTrace, compile, lineageOf, originWords, traceColumn } from "#lib/ir/index.ts";
import type {
  Catalogue,
  IrNode,
  LineageOrigin,
  LogicalPlan,
  PipelineIr,
  PlanLineage,
} from "#lib/ir/schema.ts";
import type { PipelineLineage } from "#lib/runs/schema.ts";
import { keyLine } from "./node-facts.ts";

/** A column of a node, as it stands in the address: ids have no colon. */
export const traceRef = (nodeId: string, column: string): string => `${nodeId}:${column}`;

/** A column and its node out of the address. */
function parseTraceRef(ref: string): { nodeId: string; column: string } | undefined {
  const colon = ref.indexOf(":");
  return colon > 0 ? { nodeId: ref.slice(0, colon), column: ref.slice(colon + 1) } : undefined;
}

/** A document with its lineage, worked out here, so that it is that of the graph on the screen. */
type LineageModel = { ir: PipelineIr; plan: LogicalPlan; lineage: PlanLineage };

/**
 * Works out a document's lineage.
 * @param known what the server knows of the sources' columns, which may be more than the document says.
 * @returns undefined for a draft that cannot be planned yet.
 */
export function lineageModel(ir: PipelineIr, known: PipelineLineage | undefined): LineageModel | undefined {
  const columns: NonNullable<Catalogue["columns"]> = {};
  for (const { node, role, complete, columns: names } of known?.datasets ?? [])
    if (role === "source" && complete) columns[node] = names.map((name) => ({ name, type: "string" }));
  try {
    const plan = compile(ir, { sources: [], destinations: [], columns });
    return { ir, plan, lineage: lineageOf(plan) };
  } catch {
    return undefined;
  }
}

/** The columns that the targets write, by target, as far as they are known. */
export function writtenColumns({ plan, lineage }: LineageModel): { target: string; columns: string[] }[] {
  return plan.targets.map((target) => ({
    target,
    columns: lineage.nodes.get(target)?.columns.map(({ name }) => name) ?? [],
  }));
}

/** The way of a column, if it is there. */
export function traceOf(
  { plan, lineage }: LineageModel,
  ref: string | undefined,
): { nodeId: string; column: string; trace: ColumnTrace } | undefined {
  const at = ref === undefined ? undefined : parseTraceRef(ref);
  const trace = at && traceColumn(plan, lineage, at);
  return at && trace && { ...at, trace };
}

/** What lights up in the graph: nodes with the columns by which it passes, and edges as `from to`. */
export type LitPath = { nodes: Record<string, string>; edges: string[] };

/** The graph's side of a way. */
export function litPath({ nodes, edges }: ColumnTrace): LitPath {
  return {
    nodes: Object.fromEntries(
      nodes.map(({ nodeId, columns }) => [nodeId, columns.map(({ name }) => name ?? "all rows").join(", ")]),
    ),
    edges: edges.map(({ from, to }) => `${from} ${to}`),
  };
}

/** One origin in words: the field, the node whose it is and what is read there, and what becomes of it. */
export type OriginLine = { field: string; node: string; place: string; how: string };

/** Origins in words, in the order in which they were found. */
export function originLines(
  ir: PipelineIr,
  origins: readonly LineageOrigin[],
  of: "column" | "rows" = "column",
): OriginLine[] {
  return origins.map((origin) => {
    const node = ir.nodes.find(({ id }) => id === origin.source);
    return {
      field: origin.field ?? "its rows",
      node: origin.source,
      place: node ? placeOf(node) : "",
      how: originWords(origin, of),
    };
  });
}

const placeOf = (node: IrNode): string => keyLine(node).replace(/^with /, "");
