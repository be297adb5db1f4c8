import { AppError } from "#lib/errors.ts";
import { compile, lineageOf } from "#lib/ir/index.ts";
import {
  type Catalogue,
  isDirect,
  type LineageNode,
  type LineageOrigin,
  type LogicalPlan,
  type PipelineIr,
  type PlanLineage,
} from "#lib/ir/schema.ts";
import type { LineageDataset, LineageFrom, LineageOfColumn } from "./lineage-schema.ts";
import type { NamedDataset } from "./name-datasets.ts";
import type { Ledger } from "./schema.ts";

/** A version's plan and where its columns come from. */
export type PlannedLineage = { plan: LogicalPlan; lineage: PlanLineage };

/**
 * Works out where the columns of a version come from.
 * @param seen columns that its sources came with when it ran, where the document does not declare them.
 * @throws AppError `not_executable` if the document is a draft that cannot be planned.
 */
export function planLineage(ir: PipelineIr, seen: NonNullable<Ledger["columns"]>): PlannedLineage {
  const columns: NonNullable<Catalogue["columns"]> = {};
  for (const [nodeId, list] of Object.entries(seen))
    columns[nodeId] = list.map(({ name, type }) => ({ name, type: type ?? "string" }));
  try {
    const plan = compile(ir, { sources: [], destinations: [], columns });
    return { plan, lineage: lineageOf(plan) };
  } catch (cause) {
    throw new AppError("not_executable", "A draft that cannot run yet has no lineage", { cause });
  }
}

/** Datasets with their columns, and where every column that is written comes from. */
export function describeLineage(
  planned: PlannedLineage,
  named: readonly NamedDataset[],
): { datasets: LineageDataset[]; columns: LineageOfColumn[] } {
  const columns: LineageOfColumn[] = [];
  const datasets = named.map((dataset): LineageDataset => {
    const { id, role } = dataset;
    const node = lineageNode(planned, dataset);
    if (role === "source" || role === "reference") {
      const known = node && !node.rest ? namesOf(node) : fieldsOf(planned, dataset);
      return { ...dataset, columns: known, complete: node?.rest === undefined && !!node, rest: [], rows: [] };
    }
    if (role === "archive") {
      const read = planned.plan.steps.find(({ nodeId }) => nodeId === dataset.node)?.inputs ?? [];
      const rest = read.map(({ nodeId }) => nodeId);
      return { ...dataset, columns: [], complete: false, rest, rows: [] };
    }
    for (const { name, origins } of node?.columns ?? [])
      columns.push({ target: id, column: name, from: origins.map(toFrom) });
    return {
      ...dataset,
      columns: node ? namesOf(node) : [],
      complete: node?.rest === undefined,
      rest: node?.rest?.sources ?? [],
      rows: node?.rows.map(toFrom) ?? [],
    };
  });
  return { datasets, columns };
}

const namesOf = ({ columns }: LineageNode): string[] => columns.map(({ name }) => name);

/** The node whose columns are the dataset's own; none for a table that a node reads beside its input. */
function lineageNode(
  { plan, lineage: { nodes, quarantines } }: PlannedLineage,
  { node, role }: NamedDataset,
): LineageNode | undefined {
  if (role === "quarantine") return quarantines.get(node);
  const kind = role === "reference" ? undefined : role;
  return plan.steps.some((step) => step.nodeId === node && step.kind === kind) ? nodes.get(node) : undefined;
}

/** The fields of a dataset that does not declare its columns, as far as something comes from them. */
function fieldsOf({ lineage: { nodes } }: PlannedLineage, { node, role }: NamedDataset): string[] {
  if (role !== "source") return [];
  const fields = new Set<string>();
  for (const { columns, rows } of nodes.values())
    for (const origins of [rows, ...columns.map((column) => column.origins)])
      for (const { source, field } of origins) if (source === node && field !== null) fields.add(field);
  return [...fields];
}

const toFrom = ({ source, field, ways }: LineageOrigin): LineageFrom => {
  const direct = ways.filter(({ kind }) => isDirect(kind));
  return {
    source,
    field,
    kinds: ways.map(({ kind }) => kind),
    masking: (direct.length > 0 ? direct : ways).every(({ masking }) => masking),
  };
};
