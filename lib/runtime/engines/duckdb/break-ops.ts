import { sqlIdentifier } from "#lib/ir/index.ts";
import type { JoinKey, Metric, PlanOp, TakenColumn } from "#lib/ir/schema.ts";
import { Chain, FATE, type FateBook, ORIGINAL, OWN_PREFIX, ROW, type TypedColumn } from "./chain.ts";

const MATCHED = `${OWN_PREFIX}m`;

/** Groups of a relation. `order`: what the new rows are numbered by. */
export function aggregateQuery(
  op: Extract<PlanOp, { op: "aggregate" | "summarize" }>,
  base: string,
): { data: string; order?: string } {
  const groupBy = op.op === "aggregate" ? op.groupBy : [];
  const keys = groupBy.map(sqlIdentifier);
  const items = [
    ...keys,
    ...op.metrics.map((metric) => `${metricExpression(metric)} AS ${sqlIdentifier(metric.as)}`),
  ];
  const grouped = keys.length > 0 ? ` GROUP BY ${keys.join(", ")}` : "";
  return {
    data: `(SELECT ${items.join(", ")} FROM ${base}${grouped})`,
    ...(keys.length > 0 && { order: keys.join(", ") }),
  };
}

function metricExpression({ fn, field }: Metric): string {
  if (field === undefined) return "count(*)";
  const column = sqlIdentifier(field);
  switch (fn) {
    case "count":
      return `count(${column})`;
    case "count_distinct":
      return `count(DISTINCT ${column})`;
    case "first":
      return `arg_min(${column}, ${ROW})`;
    case "last":
      return `arg_max(${column}, ${ROW})`;
    case "stddev":
      return `stddev_samp(${column})`;
    default:
      return `${fn}(${column})`;
  }
}

/** A chain in which every row but one of each key is left out. Ties go by order of arrival. */
export function deduplicate(
  op: Extract<PlanOp, { op: "deduplicate" }>,
  base: string,
  stored: { columns: TypedColumn[]; unordered: boolean },
  book: FateBook,
  nodeId: string,
): Chain {
  const direction = op.keep === "last" ? "DESC" : "ASC";
  const order = [
    ...(op.orderBy ? [`${sqlIdentifier(op.orderBy)} ${direction} NULLS LAST`] : []),
    `${ROW} ${direction}`,
  ];
  const rank = `row_number() OVER (PARTITION BY ${op.keys.map(sqlIdentifier).join(", ")} ORDER BY ${order.join(", ")})`;
  const names = stored.columns.map(({ name }) => sqlIdentifier(name)).join(", ");
  const ranked = `(SELECT ${names}, ${ROW}, ${FATE}, ${ORIGINAL}, ${rank} AS ${MATCHED} FROM ${base})`;
  const marker: TypedColumn = { name: MATCHED, type: { name: "bigint" } };
  const chain = new Chain(ranked, [...stored.columns, marker], book);
  chain.unordered = true;
  chain.enter(nodeId, { continued: true });
  chain.leaveOut("deduplicated", nodeId, "deduplicate", `${MATCHED} > 1`);
  chain.project(chain.asIs().filter(({ name }) => name !== MATCHED));
  return chain;
}

/**
 * Every row of `base` once, with columns of the first row of `other` that has its key.
 * @param unique no key stands twice in `other`.
 */
export function lookupQuery(
  { on, select }: { on: readonly JoinKey[]; select: readonly TakenColumn[]; how: "left" | "inner" },
  base: string,
  columns: readonly TypedColumn[],
  other: string,
  otherColumns: readonly TypedColumn[],
  unique: boolean,
): { sql: string; columns: TypedColumn[]; matched: string; matchedName: string } {
  const keys = on.map(({ right }) => sqlIdentifier(right)).join(", ");
  // By row numbers, not by a window over whole rows: the engine can put these on disk, and the join needs its memory.
  const first = unique
    ? other
    : `(SELECT * FROM ${other} WHERE ${ROW} IN (SELECT min(${ROW}) FROM ${other} GROUP BY ${keys}))`;
  const match = on
    .map(({ left, right }) => `l.${sqlIdentifier(left)} = r.${sqlIdentifier(right)}`)
    .join(" AND ");
  const items = [
    ...columns.map(({ name }) => `l.${sqlIdentifier(name)} AS ${sqlIdentifier(name)}`),
    ...select.map(({ field, as }) => `r.${sqlIdentifier(field)} AS ${sqlIdentifier(as)}`),
    `r.${ROW} AS ${MATCHED}`,
    `l.${ROW} AS ${ROW}`,
    `l.${FATE} AS ${FATE}`,
    `l.${ORIGINAL} AS ${ORIGINAL}`,
  ];
  const taken = select.map(
    ({ field, as }): TypedColumn => ({
      name: as,
      type: otherColumns.find(({ name }) => name === field)?.type ?? { name: "string" },
    }),
  );
  return {
    sql: `(SELECT ${items.join(", ")} FROM ${base} l LEFT JOIN ${first} r ON ${match})`,
    columns: [...columns, ...taken, { name: MATCHED, type: { name: "bigint" } }],
    matched: MATCHED,
    matchedName: MATCHED,
  };
}
