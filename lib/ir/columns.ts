import { columnsOf } from "./expression/walk.ts";
import type { Metric } from "./ops.ts";
import type { Column, PlanOp, TakenColumn } from "./plan.ts";
import type { JoinKey } from "./primitives.ts";
import type { IrType } from "./types.ts";

const STRING: IrType = { name: "string" };

/** Sets a column: in its place if it is there, else at the end. */
function put(columns: readonly Column[], column: Column): Column[] {
  return columns.some(({ name }) => name === column.name)
    ? columns.map((old) => (old.name === column.name ? column : old))
    : [...columns, column];
}

const putAll = (columns: readonly Column[], names: readonly string[], type?: IrType): Column[] =>
  names.reduce<Column[]>((all, name) => put(all, { name, ...(type && { type }) }), [...columns]);

function metricColumn(metric: Metric, columns: readonly Column[]): Column {
  const source = columns.find(({ name }) => name === metric.field)?.type;
  const type: IrType | undefined =
    metric.fn === "count" || metric.fn === "count_distinct"
      ? { name: "bigint" }
      : metric.fn === "avg" || metric.fn === "stddev"
        ? { name: "double" }
        : metric.fn === "sum" || metric.fn === "median"
          ? undefined
          : source;
  return { name: metric.as, ...(type && { type }) };
}

/** Columns taken from the other side, with their types where known. */
export const takenColumns = (taken: readonly TakenColumn[], other: readonly Column[] | undefined): Column[] =>
  taken.map(({ field, as }) => {
    const type = other?.find(({ name }) => name === field)?.type;
    return { name: as, ...(type && { type }) };
  });

/**
 * Columns after one op, given those before it; for `lookup_join` also those of the node looked up in. A column set
 * again stays in its place, a new one goes to the end; split, merge and hash `into` keep the columns they read.
 */
export function columnsAfterOp(op: PlanOp, columns: readonly Column[], other?: readonly Column[]): Column[] {
  switch (op.op) {
    case "cast":
      return columns.map((column) =>
        column.name === op.field ? { name: column.name, type: op.to } : column,
      );
    case "expression":
      return put(columns, { name: op.field, ...(op.expr.type === "cast" && { type: op.expr.to }) });
    case "rename":
      return columns.map((column) => (column.name === op.from ? { ...column, name: op.to } : column));
    case "drop":
      return columns.filter((column) => !op.fields.includes(column.name));
    case "add_field":
      return put(columns, { name: op.field, ...(typeof op.value === "string" && { type: STRING }) });
    case "hash":
      return put(columns, { name: op.into, type: STRING });
    case "mask_pii":
      return put(columns, { name: op.field, type: STRING });
    case "map_values":
      return put(columns, { name: op.field });
    case "split":
      return putAll(columns, op.into, STRING);
    case "merge":
      return put(columns, { name: op.into, type: STRING });
    case "filter":
    case "deduplicate":
      return [...columns];
    case "aggregate":
      return [
        ...op.groupBy.map((name) => columns.find((column) => column.name === name) ?? { name }),
        ...op.metrics.map((metric) => metricColumn(metric, columns)),
      ];
    case "lookup_join":
      return [...columns, ...takenColumns(op.select, other)];
    case "summarize":
      return op.metrics.map((metric) => metricColumn(metric, columns));
  }
}

/** A column that an op reads, and where in the op it is named. `other`: it is one of the node looked up in. */
export type ColumnUse = { name: string; at: (string | number)[]; other?: boolean };

const uses = (names: readonly string[], at: string): ColumnUse[] =>
  names.map((name, index) => ({ name, at: [at, index] }));
const metricUses = (metrics: readonly Metric[]): ColumnUse[] =>
  metrics.flatMap(({ field }, index) =>
    field === undefined ? [] : [{ name: field, at: ["metrics", index, "field"] }],
  );

/** Columns that an op reads. */
export function columnsRead(op: PlanOp): ColumnUse[] {
  switch (op.op) {
    case "cast":
    case "hash":
    case "mask_pii":
    case "map_values":
    case "split":
      return [{ name: op.field, at: ["field"] }];
    case "expression":
    case "filter":
      return columnsOf(op.expr).map((name) => ({ name, at: ["expr"] }));
    case "rename":
      return [{ name: op.from, at: ["from"] }];
    case "drop":
    case "merge":
      return uses(op.fields, "fields");
    case "add_field":
      return [];
    case "deduplicate":
      return [
        ...uses(op.keys, "keys"),
        ...(op.orderBy === undefined ? [] : [{ name: op.orderBy, at: ["orderBy"] }]),
      ];
    case "aggregate":
      return [...uses(op.groupBy, "groupBy"), ...metricUses(op.metrics)];
    case "lookup_join":
      return [
        ...op.on.flatMap(({ left, right }, index) => [
          { name: left, at: ["on", index, "left"] },
          { name: right, at: ["on", index, "right"], other: true },
        ]),
        ...op.select.map(({ field }, index) => ({ name: field, at: ["select", index], other: true })),
      ];
    case "summarize":
      return metricUses(op.metrics);
  }
}

/** Names that an op adds and that must not be there yet, each with its place in the op. */
export function columnsAdded(op: PlanOp): ColumnUse[] {
  switch (op.op) {
    case "rename":
      return op.from === op.to ? [] : [{ name: op.to, at: ["to"] }];
    case "add_field":
      return [{ name: op.field, at: ["field"] }];
    case "lookup_join":
      return op.select.map(({ as }, index) => ({ name: as, at: ["select", index] }));
    default:
      return [];
  }
}

/**
 * What a join gives: the left columns, then the right ones. A pair of keys with one name comes once (for right and
 * full joins the value that is there); another right column whose name is taken gets `_right` at its end, as often as
 * it needs to be its own.
 */
export function joinColumns(
  left: readonly Column[],
  right: readonly Column[],
  on: readonly JoinKey[],
): { left: TakenColumn[]; right: TakenColumn[] } {
  const shared = new Set(on.filter((key) => key.left === key.right).map((key) => key.right));
  const taken = new Set(left.map(({ name }) => name));
  const rightTaken: TakenColumn[] = [];
  for (const { name } of right) {
    if (shared.has(name)) continue;
    let as = name;
    while (taken.has(as)) as += "_right";
    taken.add(as);
    rightTaken.push({ field: name, as });
  }
  return { left: left.map(({ name }) => ({ field: name, as: name })), right: rightTaken };
}
