import { formatIrType, printExpression, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { Expression, IrType, PlanOp, Scalar } from "#lib/ir/schema.ts";
import { checkedCast } from "./cast.ts";
import { type Chain, OWN_PREFIX } from "./chain.ts";

/** Ops that need more than the row at hand; the execution cuts the chain there. */
export type BreakingOp = Extract<PlanOp, { op: "deduplicate" | "aggregate" | "lookup_join" | "summarize" }>;
/** Ops that work on each row by itself. */
export type RowOp = Exclude<PlanOp, BreakingOp>;

/** True if the op needs all rows, or another node's. */
export function isBreaking(op: PlanOp): op is BreakingOp {
  return ["deduplicate", "aggregate", "lookup_join", "summarize"].includes(op.op);
}

/** What an op is called in an error: its kind, and the column that it sets. */
export function nameOfOp(op: PlanOp): string {
  const field = "field" in op ? op.field : "into" in op && typeof op.into === "string" ? op.into : undefined;
  return field === undefined ? op.op : `${op.op}:${field}`;
}

const STRING: IrType = { name: "string" };
const CAST = `${OWN_PREFIX}c`;

/** An expression of the IR over a chain's columns. */
export const printed = (expr: Expression): string => `(${printExpression(expr, { column: sqlIdentifier })})`;

const asText = (name: string) => `CAST(${sqlIdentifier(name)} AS VARCHAR)`;

/**
 * Adds one row-wise op to a chain.
 * @param strict rejected rows fail the query instead.
 * @returns true if a column's type is known only to the engine: ask it before going on.
 */
export function applyOp(chain: Chain, nodeId: string, op: RowOp, strict: boolean): boolean {
  switch (op.op) {
    case "cast":
      applyCast(chain, nodeId, op, strict);
      return false;
    case "expression":
      chain.put([{ name: op.field, expr: printed(op.expr) }]);
      return true;
    case "rename":
      chain.project(chain.asIs().map((c) => (c.name === op.from ? { ...c, name: op.to } : c)));
      return false;
    case "drop":
      chain.project(chain.asIs().filter(({ name }) => !op.fields.includes(name)));
      return false;
    case "add_field":
      chain.put([{ name: op.field, expr: sqlLiteral(op.value), ...(op.value === null && { type: STRING }) }]);
      return op.value !== null;
    case "hash":
      chain.put([{ name: op.into, expr: `${op.algorithm}(${asText(op.field)})`, type: STRING }]);
      return false;
    case "mask_pii":
      chain.put([{ name: op.field, expr: masked(asText(op.field), op.strategy), type: STRING }]);
      return false;
    case "map_values":
      chain.put([{ name: op.field, expr: mapped(op) }]);
      return true;
    case "split":
      chain.put(splitColumns(op));
      return false;
    case "merge": {
      const parts = op.fields.map(asText).join(", ");
      chain.put([{ name: op.into, expr: `concat_ws(${sqlLiteral(op.separator)}, ${parts})`, type: STRING }]);
      return false;
    }
    case "filter":
      chain.leaveOut("filtered", nodeId, "filter", `${printed(op.expr)} IS NOT TRUE`);
      return false;
  }
}

function applyCast(chain: Chain, nodeId: string, op: Extract<PlanOp, { op: "cast" }>, strict: boolean): void {
  const column = chain.columns.find(({ name }) => name === op.field);
  const field = sqlIdentifier(op.field);
  const { value, inexact } = checkedCast(field, column?.type ?? STRING, op.to, op.format);
  const bad = inexact(CAST);
  chain.project(chain.asIs(), [`${value} AS ${CAST}`]);
  if (op.onError !== "null") {
    const reason = `${op.field} does not fit ${formatIrType(op.to)} exactly`;
    const policy = op.onError === "quarantine" && !strict ? "quarantine" : "fatal";
    chain.fail([{ when: bad, nodeId, rule: `cast:${op.field}`, reason, policy, value: field }], {
      carry: [CAST],
    });
  }
  const cast = op.onError === "null" ? `CASE WHEN NOT ${bad} THEN ${CAST} END` : CAST;
  const columns = chain.asIs().map((c) => (c.name === op.field ? { ...c, expr: cast, type: op.to } : c));
  chain.project(columns);
}

function masked(text: string, strategy: "redact" | "partial" | "email" | "phone"): string {
  switch (strategy) {
    case "redact":
      return `CASE WHEN ${text} IS NOT NULL THEN '***' END`;
    case "partial":
      return `CASE WHEN length(${text}) <= 4 THEN repeat('*', length(${text})::INTEGER) ELSE left(${text}, 1) || repeat('*', (length(${text}) - 2)::INTEGER) || right(${text}, 1) END`;
    case "email":
      return `CASE WHEN contains(${text}, '@') THEN left(${text}, 1) || '***@' || split_part(${text}, '@', -1) WHEN ${text} IS NOT NULL THEN '***' END`;
    case "phone":
      return `CASE WHEN length(regexp_replace(${text}, '[^0-9]', '', 'g')) < 6 THEN regexp_replace(${text}, '[0-9]', '*', 'g') ELSE regexp_replace(left(${text}, -2), '[0-9]', '*', 'g') || right(${text}, 2) END`;
  }
}

/** One type for all results: the scalars' own if they agree and nothing stays as it was, else text. */
function mapped(op: Extract<PlanOp, { op: "map_values" }>): string {
  const results: Scalar[] = [...Object.values(op.mapping), ...(op.default === undefined ? [] : [op.default])];
  const kinds = new Set(results.filter((value) => value !== null).map((value) => typeof value));
  const typed = op.default !== undefined && kinds.size === 1 && !kinds.has("string");
  const literal = (value: Scalar) =>
    typed || value === null ? sqlLiteral(value) : sqlLiteral(String(value));
  const cases = Object.entries(op.mapping).map(
    ([from, to]) => `WHEN ${sqlLiteral(from)} THEN ${literal(to)}`,
  );
  const otherwise =
    op.default === undefined
      ? asText(op.field)
      : `CASE WHEN ${sqlIdentifier(op.field)} IS NOT NULL THEN ${literal(op.default)} END`;
  return cases.length === 0 ? otherwise : `CASE ${asText(op.field)} ${cases.join(" ")} ELSE ${otherwise} END`;
}

/** The last column takes what is left, separators included, so that nothing is lost. */
function splitColumns(op: Extract<PlanOp, { op: "split" }>) {
  const parts = `string_split(${asText(op.field)}, ${sqlLiteral(op.separator)})`;
  return op.into.map((name, index) => {
    const last = index === op.into.length - 1;
    const rest = `nullif(array_to_string(${parts}[${index + 1}:], ${sqlLiteral(op.separator)}), '')`;
    const one = `${parts}[${index + 1}]`;
    const expr = last ? `CASE WHEN length(${parts}) > ${index + 1} THEN ${rest} ELSE ${one} END` : one;
    return { name, expr, type: STRING };
  });
}
