import type { Catalogue } from "./catalogue.ts";
import { columnsAfterOp, joinColumns, takenColumns } from "./columns.ts";
import type { IrNode, PipelineIr } from "./document.ts";
import { type Graph, graphOf, splitRef } from "./graph.ts";
import { isFileSource, type SourceNode } from "./nodes/source.ts";
import type { TransformNode } from "./nodes/transform.ts";
import type { Op } from "./ops.ts";
import type { Column } from "./plan.ts";
import { type PlannedOp, planOp, takenColumn } from "./plan-op.ts";
import { sideSourceId } from "./side-sources.ts";
import { parseIrType } from "./types.ts";

type Known = readonly Column[] | undefined;
/** Parses an op; a caller that asks often gives one that remembers. */
export type Planner = (op: Op) => PlannedOp;
/** Columns of every node whose columns are known before anything is read. */
export type ColumnFlow = ReadonlyMap<string, readonly Column[]>;

const column = ({ name, type }: { name: string; type?: string }): Column => {
  const parsed = type === undefined ? undefined : parseIrType(type);
  return { name, ...(parsed?.ok && { type: parsed.type }) };
};

function sourceColumns(node: SourceNode, catalogue: Catalogue | undefined): Known {
  const known = catalogue?.columns?.[node.id]?.map(column);
  if (isFileSource(node)) return node.config.format?.columns?.map(column) ?? known;
  const { columns } = node.config;
  return known && columns
    ? known.filter(({ name }) => columns.includes(name))
    : (known ?? columns?.map((name) => ({ name })));
}

/** Columns before each op of a transform, then those after the last; undefined from where they are not known. */
export function transformColumns(
  node: TransformNode,
  input: Known,
  columnsOf: (nodeId: string) => Known,
  plan: Planner = planOp,
): Known[] {
  const known: Known[] = [input];
  for (const op of node.ops) {
    const before = known.at(-1);
    const planned = plan(op);
    if (!planned.ok) known.push(op.op === "expression" && before ? undefined : before);
    else {
      // These two need nothing of what came before: their columns are theirs alone.
      const free = planned.op.op === "aggregate" || planned.op.op === "summarize";
      const other = planned.op.op === "lookup_join" ? columnsOf(planned.op.with) : undefined;
      known.push(before || free ? columnsAfterOp(planned.op, before ?? [], other) : undefined);
    }
  }
  return known;
}

function nodeColumns(
  node: IrNode,
  of: (ref: string) => Known,
  catalogue: Catalogue | undefined,
  plan: Planner,
): Known {
  switch (node.kind) {
    case "source":
      return sourceColumns(node, catalogue);
    case "transform":
      return transformColumns(node, of(node.input), of, plan).at(-1);
    case "validate":
    case "target":
    case "branch":
      return of(node.input);
    case "join": {
      const left = of(node.left);
      const right = of(node.right);
      if (!left || !right) return undefined;
      const taken = joinColumns(left, right, node.on);
      return [...takenColumns(taken.left, left), ...takenColumns(taken.right, right)];
    }
    case "enrich": {
      const input = of(node.input);
      const other = of(typeof node.with === "string" ? node.with : sideSourceId(node));
      return input && [...input, ...takenColumns(node.select.map(takenColumn), other)];
    }
    case "archive":
      return undefined;
  }
}

/** Columns of tables that are enriched with, where a connection told them. */
const sideColumns = ({ nodes }: PipelineIr, catalogue: Catalogue | undefined) =>
  nodes.flatMap((node): [string, Column[]][] => {
    const known = node.kind === "enrich" ? catalogue?.columns?.[sideSourceId(node)] : undefined;
    return known ? [[sideSourceId(node), known.map(column)]] : [];
  });

/** Columns of every node, as far as the document and the catalogue tell. */
export function columnFlow(
  ir: PipelineIr,
  catalogue?: Catalogue,
  graph: Graph = graphOf(ir.nodes),
  plan: Planner = planOp,
): ColumnFlow {
  const flow = new Map<string, readonly Column[]>(sideColumns(ir, catalogue));
  for (const id of graph.order) {
    const node = graph.nodes.get(id)?.node;
    const columns = node && nodeColumns(node, (ref) => flow.get(splitRef(ref).nodeId), catalogue, plan);
    if (columns) flow.set(id, columns);
  }
  return flow;
}

/** Columns that a node (or `branch:case`) gives, or undefined where they are not known. */
export function columnsAfter(ir: PipelineIr, ref: string, catalogue?: Catalogue): Column[] | undefined {
  return columnFlow(ir, catalogue)
    .get(splitRef(ref).nodeId)
    ?.map((known) => ({ ...known }));
}
