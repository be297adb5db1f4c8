import type { Metric } from "#lib/ir/schema.ts";
import type { Recogniser } from "../draft.ts";
import { heard, said } from "../say.ts";
import { COLUMN, columnName, columnNames, listed } from "../words.ts";
import { addOps } from "./transform.ts";

const FUNCTIONS: readonly [RegExp, Metric["fn"]][] = [
  [/^(?:sum|total|totals|sum up|add up)$/i, "sum"],
  [/^(?:average|avg|mean)$/i, "avg"],
  [/^(?:min|minimum|smallest|lowest|earliest)$/i, "min"],
  [/^(?:max|maximum|largest|highest|greatest)$/i, "max"],
  [/^median$/i, "median"],
  [
    /^(?:number of (?:distinct|different|unique)|count (?:of )?(?:distinct|different|unique)|distinct count of)$/i,
    "count_distinct",
  ],
];
const FN =
  "(?<fn>sum|total|totals|sum up|add up|average|avg|mean|min|minimum|smallest|lowest|earliest|max|maximum|largest|highest|greatest|median|number of (?:distinct|different|unique)|count (?:of )?(?:distinct|different|unique)|distinct count of)";
const AS = "[ (as|called|named|into) {col:as}]";
const METRIC = [
  said(
    `(?<count>count|number|total number|row count)( of)?( the)?( rows| records| orders| entries| lines| items)?${AS}`,
  ),
  said(`(?<count>how many)( rows| records| orders| entries)?( there are)?${AS}`),
  said(`[the ]?${FN}( of)?[ the]? {col}${AS}`),
];
const BY = "(by|per|for each|for every|grouped by|in each)[ the| each]?";
const GROUPED = [
  said(
    `(group|aggregate|summarise|summarize|roll up)[ (it|them|the rows|the data|rows|orders|everything)]? by[ the]? {cols:groups}(:|,|,? and| with| to get| computing| showing)[ the| compute| show| take]? {any:metrics}`,
  ),
  said(
    "(aggregate|group|summarise|summarize|roll up|reduce)?( (it|them|the rows|the data|rows|orders|everything))?( to| into)? ?one row (per|for each|for every)( the)? {cols:groups},? (with|and|showing|holding)( the)? {any:metrics}",
  ),
  said(`${BY} {cols:groups}(:|,)[ the| compute| show| take]? {any:metrics}`),
  said(
    `[compute|calculate|show|give me|load|aggregate|build|i want|only load]? ?[only ]?[the ]?{any:metrics} ${BY} {cols:groups}${AS}`,
  ),
];

/** The name of a metric that was given none, of its column's own name. */
const nameOf = ({ fn, field, as }: Metric) => as || `${fn}_${field}`.replace(/[^A-Za-z0-9_]/g, "_");

/** One metric: "sum of price as revenue", "number of rows". */
function metricOf(text: string, name?: string): Metric | undefined {
  const parts = heard(METRIC, text.trim().replace(/^the /i, ""));
  if (!parts) return undefined;
  const as = parts.as ?? name;
  if (parts.count) return { fn: "count", as: as ?? "row_count" };
  const field = columnName(parts.col ?? "");
  const fn = FUNCTIONS.find(([word]) => word.test(parts.fn ?? ""))?.[1];
  if (!field || !fn || new RegExp(`^(?:rows?|records?|${COLUMN} by)$`, "i").test(field)) return undefined;
  return { fn, field, as: as ?? "" };
}

/** "sum quantity and price" is two sums. */
function withFunctions(texts: readonly string[]): string[] {
  let fn = "";
  return texts.map((text) => {
    if (metricOf(text)) {
      fn = text.trim().split(" ")[0] ?? "";
      return text;
    }
    return fn && columnName(text) ? `${fn} ${text}` : text;
  });
}

/** "group by status and count the orders", "sum of price per country as revenue": one row for each group. */
export const aggregate: Recogniser = (clause) => {
  const parts = heard(GROUPED, clause);
  const groups = columnNames(parts?.groups ?? "");
  const texts = (parts?.metrics ?? "").split(/\s*,\s*(?:and\s+)?|\s+and\s+/);
  if (!parts || !groups || (parts.as && texts.length > 1)) return undefined;
  const metrics = withFunctions(texts).map((text) => metricOf(text, parts.as));
  if (!metrics.every((metric) => metric !== undefined)) return undefined;
  return (draft) => {
    let by: string[] = [];
    let found: Metric[] = [];
    addOps(draft, "aggregate", (column) => {
      by = groups.map(column);
      found = metrics.map((one) => (one.field ? { ...one, field: column(one.field) } : one));
      found = found.map((one) => ({ ...one, as: nameOf(one) }));
      return [{ op: "aggregate", groupBy: by, metrics: found }];
    });
    const made = found.map(({ fn, field, as }) => `${as} (${fn}${field ? ` of ${field}` : ""})`);
    return `Loads one row for each ${listed(by)}, with ${listed(made)}.`;
  };
};
