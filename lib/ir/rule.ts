import { didYouMean } from "./nearest.ts";
import { regexProblem } from "./regex.ts";

/** A row rule, parsed. Operands stay text: they are compared in the column's own type. */
export type ParsedRule =
  | { name: "not_null" | "email" | "url" | "uuid" | "date" }
  | { name: "gt" | "gte" | "lt" | "lte" | "eq" | "neq"; operand: string; numeric: boolean }
  | { name: "between"; low: string; high: string; numeric: boolean }
  | { name: "in"; values: string[] }
  | { name: "regex"; pattern: string }
  | { name: "length_min" | "length_max"; length: number };

export type RuleName = ParsedRule["name"];

/** Every rule, with the form in which it is written. */
export const RULE_FORMS = {
  not_null: "not_null",
  gt: "gt:0",
  gte: "gte:0",
  lt: "lt:10",
  lte: "lte:10",
  eq: "eq:a",
  neq: "neq:a",
  between: "between:1,10",
  in: "in:a,b",
  regex: "regex:^A[0-9]+$",
  length_min: "length_min:1",
  length_max: "length_max:10",
  email: "email",
  url: "url",
  uuid: "uuid",
  date: "date",
} as const satisfies Record<RuleName, string>;

type RuleResult = { ok: true; rule: ParsedRule } | { ok: false; message: string; hint?: string };

const isNumber = (text: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text);

/** Splits at commas; `\,` is a comma inside a value. Spaces around values are dropped. */
function splitList(text: string): string[] {
  return text.split(/(?<!\\),/).map((part) => part.trim().replaceAll("\\,", ","));
}

function parseBetween(operand: string, wrong: (message: string) => RuleResult): RuleResult {
  const [low, high, more] = splitList(operand);
  if (!low || !high || more !== undefined) return wrong("needs a lower and an upper bound");
  const numeric = isNumber(low) && isNumber(high);
  if (isNumber(low) !== isNumber(high)) return wrong("mixes a number and a text");
  if (numeric ? Number(low) > Number(high) : low > high)
    return wrong(`can never hold: ${low} is above ${high}`);
  return { ok: true, rule: { name: "between", low, high, numeric } };
}

/** Parses a row rule such as `not_null`, `between:1,10`, `in:a,b` (`\,` for a comma in a value), `regex:^A`. */
export function parseRule(text: string): RuleResult {
  const colon = text.indexOf(":");
  const written = (colon < 0 ? text : text.slice(0, colon)).trim();
  const operand = colon < 0 ? "" : text.slice(colon + 1).trim();
  if (!Object.hasOwn(RULE_FORMS, written)) {
    const near = didYouMean(written, Object.keys(RULE_FORMS));
    const known = Object.values(RULE_FORMS).join(", ");
    return {
      ok: false,
      message: `there is no rule "${written}"; write one of ${known}`,
      ...(near && { hint: near }),
    };
  }
  const name = written as RuleName;
  const wrong = (message: string): RuleResult => ({
    ok: false,
    message: `rule "${name}" ${message}`,
    hint: `write it like ${RULE_FORMS[name]}`,
  });
  switch (name) {
    case "not_null":
    case "email":
    case "url":
    case "uuid":
    case "date":
      return colon >= 0 ? wrong("takes no value") : { ok: true, rule: { name } };
    case "gt":
    case "gte":
    case "lt":
    case "lte":
    case "eq":
    case "neq":
      if (operand === "") return wrong("needs a value after the colon");
      return { ok: true, rule: { name, operand, numeric: isNumber(operand) } };
    case "between":
      return parseBetween(operand, wrong);
    case "in": {
      const values = splitList(operand).filter((value) => value !== "");
      return values.length === 0 ? wrong("needs at least one value") : { ok: true, rule: { name, values } };
    }
    case "regex": {
      const problem =
        operand === "" ? "needs a pattern after the colon" : regexProblem(text.slice(colon + 1));
      if (operand === "") return wrong(problem ?? "");
      return problem
        ? wrong(`has a pattern that RE2 refuses: ${problem}`)
        : { ok: true, rule: { name, pattern: text.slice(colon + 1) } };
    }
    case "length_min":
    case "length_max":
      return /^\d{1,9}$/.test(operand)
        ? { ok: true, rule: { name, length: Number(operand) } }
        : wrong("needs a whole number");
  }
}
