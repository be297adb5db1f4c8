import { parseExpression, sqlLiteral } from "#lib/ir/index.ts";
import { COLUMN, columnExpression, columnName, NUMBER, numberOf } from "./words.ts";

/** Gives the column that a word means, in its own spelling. */
export type Columns = { resolve: (word: string) => string; has: (word: string) => boolean };

const VALUE = `(?:"[^"]*"|'[^']*'|${NUMBER}|true|false|[A-Za-z_][\\w-]*)`;
const DATE = "\\d{4}-\\d{2}-\\d{2}(?:[ T]\\d{2}:\\d{2}(?::\\d{2})?)?";
const IS = "(?:is|are|was|=|==|equals?|is equal to)";
const NOT = "(?:is not|isn't|are not|aren't|!=|<>|does not equal|is different from|is other than)";
const COMPARE: readonly [string, string][] = [
  ["(?:is |are )?(?:greater than or equal to|at least|no less than|not less than|>=)", ">="],
  ["(?:is |are )?(?:less than or equal to|at most|no more than|not more than|<=)", "<="],
  [
    "(?:is |are )?(?:greater than|more than|above|over|larger than|bigger than|after|later than|newer than|>)",
    ">",
  ],
  ["(?:is |are )?(?:less than|fewer than|below|under|smaller than|before|earlier than|older than|<)", "<"],
];

/**
 * Turns an everyday condition ("status is paid and amount over 10") or a plain expression into the IR's expression
 * language, or undefined if any part of it is not understood.
 */
export function conditionOf(text: string, columns: Columns): string | undefined {
  return joined(text.trim(), columns) ?? expressionOf(text.trim());
}

/** True where {@link conditionOf} may understand a text; asked before the columns are known. */
export function looksLikeCondition(text: string): boolean {
  return conditionOf(text, { resolve: (word) => word, has: () => false }) !== undefined;
}

/** The text if it is an expression as it stands: it must compare or call something, a bare word is none. */
export function expressionOf(text: string): string | undefined {
  if (!/[<>=!()+\-*/|%]|\b(is|in|like|between|not)\b/i.test(text)) return undefined;
  return parseExpression(text).ok ? text : undefined;
}

function joined(text: string, columns: Columns): string | undefined {
  const one = simple(text, columns);
  if (one) return one;
  for (const word of ["or", "and"]) {
    for (const match of text.matchAll(new RegExp(`\\s+${word}\\s+`, "gi"))) {
      const left = joined(text.slice(0, match.index), columns);
      const right = left && joined(text.slice(match.index + match[0].length), columns);
      if (left && right) return `${wrap(left)} ${word} ${wrap(right)}`;
    }
  }
  return undefined;
}

const wrap = (expr: string) => (/\s(?:or|and)\s/i.test(expr) ? `(${expr})` : expr);

function simple(text: string, columns: Columns): string | undefined {
  const match = new RegExp(`^(?:the |its )?(${COLUMN}) (.+)$`, "i").exec(text);
  const word = match && columnName(match[1] ?? "");
  if (!match || !word) return undefined;
  const rest = (match[2] ?? "").trim();
  const column = () => columnExpression(columns.resolve(word));
  const test = (pattern: string) => new RegExp(`^${pattern}$`, "i").exec(rest);
  if (test("(?:is|are) (?:null|missing|empty|blank|not set|unknown)")) return `${column()} is null`;
  if (
    test("(?:(?:is|are) not|isn't|aren't) (?:null|missing|empty|blank)") ||
    test("(?:is|are) (?:set|present|known)")
  )
    return `${column()} is not null`;
  if (test("(?:is|are) positive")) return `${column()} > 0`;
  if (test("(?:is|are) negative")) return `${column()} < 0`;
  const between = test(`(?:is |are |lies )?between (${NUMBER}) and (${NUMBER})`);
  if (between) return `${column()} between ${numberOf(between[1] ?? "")} and ${numberOf(between[2] ?? "")}`;
  for (const [words, sign] of COMPARE) {
    const compared = test(`${words} (${DATE}|${NUMBER}|'[^']*'|"[^"]*")`);
    if (compared) return `${column()} ${sign} ${literal(compared[1] ?? "")}`;
  }
  const affix = test(`(starts with|begins with|ends with|contains) (${VALUE}|[@.#]?[\\w-]+(?:[@.][\\w-]+)*)`);
  if (affix) {
    const call = { s: "starts_with", b: "starts_with", e: "ends_with", c: "contains" }[
      (affix[1] ?? "")[0] ?? ""
    ];
    return `${call}(${column()}, ${literal(affix[2] ?? "", true)})`;
  }
  const one = test(
    `(${IS}|${NOT}) (?:(?:one of|in|either) )?\\(?((?:${VALUE})(?:(?:\\s*,\\s*(?:or )?| or )(?:${VALUE}))*)\\)?`,
  );
  if (one) return equality(one[1] ?? "", one[2] ?? "", column, columns);
  const among = test(`(not )?in \\(?((?:${VALUE})(?:\\s*,\\s*(?:or )?(?:${VALUE}))*)\\)?`);
  if (among) return equality(among[1] ? "is not" : "is", among[2] ?? "", column, columns);
  return undefined;
}

function equality(verb: string, list: string, column: () => string, columns: Columns): string | undefined {
  const values = [...list.matchAll(new RegExp(`${VALUE}`, "gi"))]
    .map((match) => match[0])
    .filter((value) => value !== "or");
  // A bare word that is a column too could mean either: not ours to decide.
  if (values.some((value) => /^[a-z_]/i.test(value) && (columns.has(value) || VAGUE.test(value))))
    return undefined;
  const negated = new RegExp(`^${NOT}$`, "i").test(verb);
  const literals = values.map((value) => literal(value));
  if (literals.length === 1) return `${column()} ${negated ? "<>" : "="} ${literals[0]}`;
  return `${column()} ${negated ? "not in" : "in"} (${literals.join(", ")})`;
}

/** Words that describe rather than name a value. */
const VAGUE =
  /^(?:not|valid|invalid|null|missing|empty|wrong|bad|good|ok|old|new|recent|today|yesterday|unique|duplicate|too|very|large|small|high|low|in|one|the|a|an|like|between)$/i;

function literal(text: string, asText = false): string {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  if (quoted) return sqlLiteral(quoted[2] ?? "");
  if (!asText && /^(true|false)$/i.test(text)) return text.toLowerCase();
  const number = numberOf(text);
  return asText || Number.isNaN(number) ? sqlLiteral(text) : String(number);
}
