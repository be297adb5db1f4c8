import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { IrType, ParsedRule, PlanRowRule } from "#lib/ir/schema.ts";
import type { Chain, Failure } from "./chain.ts";

const NUMBERS = ["integer", "smallint", "bigint", "decimal", "double"];
const EMAIL = "[^@\\s]+@[^@\\s.]+(\\.[^@\\s.]+)+";
const URL_TEXT = "[A-Za-z][A-Za-z0-9+.-]*://[^\\s/?#]+[^\\s]*";

/** Adds a validate node's row rules to a chain. The first rule that a row fails counts. */
export function applyRules(
  chain: Chain,
  nodeId: string,
  rules: readonly PlanRowRule[],
  strict: boolean,
): void {
  const failures: Failure[] = [];
  for (const { id, field, text, rule, onFail } of rules) {
    const type = chain.columns.find(({ name }) => name === field)?.type ?? { name: "string" };
    const when = violation(sqlIdentifier(field), type, rule);
    const reason = `${field} does not hold ${text}`;
    if (onFail === "warn") {
      chain.warn(nodeId, id, reason, when);
      continue;
    }
    const policy = strict || onFail === "abort" ? "fatal" : onFail;
    failures.push({ when, nodeId, rule: id, reason, policy, value: sqlIdentifier(field) });
  }
  chain.fail(failures);
}

/** True where a value breaks a rule. As with SQL's own checks, NULL breaks none but `not_null`. */
export function violation(column: string, type: IrType, rule: ParsedRule): string {
  if (rule.name === "not_null") return `${column} IS NULL`;
  return `(${column} IS NOT NULL AND (${holds(column, type, rule)}) IS NOT TRUE)`;
}

function holds(column: string, type: IrType, rule: Exclude<ParsedRule, { name: "not_null" }>): string {
  const text = type.name === "string" ? column : `CAST(${column} AS VARCHAR)`;
  switch (rule.name) {
    case "gt":
    case "gte":
    case "lt":
    case "lte":
    case "eq":
    case "neq": {
      const operator = { gt: ">", gte: ">=", lt: "<", lte: "<=", eq: "=", neq: "<>" }[rule.name];
      const { left, right } = comparable(column, type, rule.numeric);
      return `${left} ${operator} ${right(rule.operand)}`;
    }
    case "between": {
      const { left, right } = comparable(column, type, rule.numeric);
      return `${left} BETWEEN ${right(rule.low)} AND ${right(rule.high)}`;
    }
    case "in": {
      const numeric =
        NUMBERS.includes(type.name) && rule.values.every((value) => Number.isFinite(Number(value)));
      if (!numeric) return `${text} IN (${rule.values.map(sqlLiteral).join(", ")})`;
      return `${column} IN (${rule.values.map((value) => exactNumber(value)).join(", ")})`;
    }
    case "regex":
      return `regexp_matches(${text}, ${sqlLiteral(rule.pattern)})`;
    case "length_min":
      return `length(${text}) >= ${rule.length}`;
    case "length_max":
      return `length(${text}) <= ${rule.length}`;
    case "email":
      return `regexp_full_match(${text}, ${sqlLiteral(EMAIL)})`;
    case "url":
      return `regexp_full_match(${text}, ${sqlLiteral(URL_TEXT)})`;
    case "uuid":
      return `TRY_CAST(${text} AS UUID) IS NOT NULL`;
    default:
      return `TRY_CAST(${text} AS DATE) IS NOT NULL`;
  }
}

const exactNumber = (operand: string) =>
  `CAST(${sqlLiteral(operand)} AS ${/[eE]/.test(operand) ? "DOUBLE" : "DECIMAL(38,10)"})`;

/** Both sides in one type: a number against text is compared as a number, and text that is none breaks the rule. */
function comparable(column: string, type: IrType, numeric: boolean) {
  if (NUMBERS.includes(type.name) && numeric) return { left: column, right: exactNumber };
  if (numeric && type.name === "string") return { left: `TRY_CAST(${column} AS DOUBLE)`, right: exactNumber };
  const temporal = ["date", "timestamp", "timestamptz", "time"].includes(type.name);
  if (temporal) {
    const as = { date: "DATE", timestamp: "TIMESTAMP", timestamptz: "TIMESTAMPTZ", time: "TIME" }[
      type.name as "date"
    ];
    return { left: column, right: (operand: string) => `TRY_CAST(${sqlLiteral(operand)} AS ${as})` };
  }
  return { left: `CAST(${column} AS VARCHAR)`, right: sqlLiteral };
}
