import { printExpression } from "../expression/print-expression.ts";
import { columnsOf } from "../expression/walk.ts";
import type { Metric } from "../ops.ts";
import type { PlanOp } from "../plan.ts";
import { formatIrType } from "../types.ts";
import { AS_IT_IS, type Draft, linkTo } from "./draft.ts";
import type { LineageKind, LineageLink, LineageWay } from "./shapes.ts";
import { traceExpression } from "./trace-expression.ts";

const way = (kind: LineageKind, masking = false): LineageWay => ({ kind, masking });
const COMPUTED = way("TRANSFORMATION");
const HIDDEN = way("TRANSFORMATION", true);

const metricNote = ({ fn, field }: Metric): string =>
  field === undefined ? "number of rows" : `${fn.replaceAll("_", " ")} of ${field}`;

/** Counting tells nothing of the values (as the specification of the facet has it); without a field it counts rows. */
function metricLinks(draft: Draft, { fn, field }: Metric, whole: LineageLink): LineageLink[] {
  const counted = way("AGGREGATION", fn === "count" || fn === "count_distinct");
  return field === undefined ? [{ ...whole, ...counted }] : draft.read(field, counted);
}

/** Columns that are taken from another node by keys: its values, and the keys on both sides that find them. */
export function takeColumns(
  draft: Draft,
  other: (column: string, by: LineageWay) => LineageLink,
  on: readonly { left: string; right: string }[],
  select: readonly { field: string; as: string }[],
  from: string,
): LineageLink[] {
  const by = way("JOIN");
  const keys = on.flatMap(({ left, right }) => [...draft.read(left, by), other(right, by)]);
  for (const { field, as } of select)
    draft.set(as, [other(field, AS_IT_IS), ...keys], `${field} of ${from}, found by ${keyWords(on)}`);
  return keys;
}

const keyWords = (on: readonly { left: string; right: string }[]): string =>
  on.map(({ left, right }) => (left === right ? left : `${left} = ${right}`)).join(", ");

type OfOp<Name extends PlanOp["op"]> = Extract<PlanOp, { op: Name }>;
type Appliers = { [Name in PlanOp["op"]]: (draft: Draft, op: OfOp<Name>, whole: LineageLink) => void };

const appliers: Appliers = {
  cast(draft, { field, to, onError }) {
    if (onError === "quarantine") draft.rows.push(...draft.read(field, way("FILTER")));
    draft.set(field, draft.read(field, COMPUTED), `cast to ${formatIrType(to)}`, true);
  },
  expression(draft, { field, expr }) {
    const readings = traceExpression(expr);
    const links = readings.flatMap(({ column, ...by }) => draft.read(column, by));
    const keep = readings.some(({ column }) => column === field);
    draft.set(field, links, `= ${printExpression(expr)}`, keep);
  },
  rename(draft, { from, to }) {
    if (from !== to) draft.rename(from, to);
  },
  drop(draft, { fields }) {
    for (const name of fields) draft.remove(name);
  },
  add_field: (draft, { field }) => draft.set(field, [], "the same value in every row"),
  hash(draft, { field, into, algorithm }) {
    const what = into === field ? "" : ` of ${field}`;
    draft.set(into, draft.read(field, HIDDEN), `${algorithm} hash${what}`, into === field);
  },
  mask_pii: (draft, { field, strategy }) =>
    draft.set(field, draft.read(field, HIDDEN), `masked (${strategy})`, true),
  map_values: (draft, { field }) => draft.set(field, draft.read(field, COMPUTED), "values mapped", true),
  split(draft, { field, into }) {
    const links = draft.read(field, COMPUTED);
    for (const name of into) draft.set(name, links, `part of ${field}`);
  },
  merge: (draft, { fields, into }) =>
    draft.set(into, draft.readAll(fields, COMPUTED), `${fields.join(", ")} merged`),
  filter(draft, { expr }) {
    draft.rows.push(...draft.readAll(columnsOf(expr), way("FILTER")));
  },
  deduplicate(draft, { keys, orderBy }) {
    draft.rows.push(...draft.readAll(keys, way("GROUP_BY")));
    if (orderBy !== undefined) draft.rows.push(...draft.read(orderBy, way("SORT")));
  },
  aggregate(draft, { groupBy, metrics }, whole) {
    draft.rows.push(...draft.readAll(groupBy, way("GROUP_BY")));
    condense(draft, groupBy, metrics, whole);
  },
  summarize: (draft, { metrics }, whole) => condense(draft, [], metrics, whole),
  lookup_join(draft, { with: nodeId, on, select, how }) {
    const other = (column: string, by: LineageWay) => linkTo({ nodeId }, column, by);
    const keys = takeColumns(draft, other, on, select, nodeId);
    if (how === "inner") draft.rows.push(...keys);
  },
};

/** Does to the columns of a draft what an op of a transform does to those of its rows. `whole`: its input's rows. */
export function applyOp(draft: Draft, op: PlanOp, whole: LineageLink): void {
  const apply = appliers[op.op] as (draft: Draft, op: PlanOp, whole: LineageLink) => void;
  apply(draft, op, whole);
}

/** One row for each group: its keys, then what was counted. */
function condense(
  draft: Draft,
  groupBy: readonly string[],
  metrics: readonly Metric[],
  whole: LineageLink,
): void {
  const keys = groupBy.map(
    (name) => [name, draft.columns.get(name) ?? { links: draft.read(name), notes: [] }] as const,
  );
  const counted = metrics.map((metric) => ({ metric, links: metricLinks(draft, metric, whole) }));
  draft.columns = new Map(keys);
  draft.rest = undefined;
  for (const { metric, links } of counted) draft.set(metric.as, links, metricNote(metric));
}
