import { didYouMean } from "../nearest.ts";
import { regexProblem } from "../regex.ts";
import { type IrType, parseIrType } from "../types.ts";
import type { Expression } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { AGGREGATES, FUNCTION_ALIASES, FUNCTIONS, LENGTH_ARGUMENT, REGEX_ARGUMENT } from "./functions.ts";
import { ExpressionProblem, type Token } from "./tokenize.ts";

type Parse = (cursor: Cursor) => Expression;

const SUBQUERY = new Set(["select", "with", "from", "where", "exists", "values", "table"]);
const RESERVED = new Set(
  "and or not in between like ilike is when then else end as over any all some distinct group order having limit union".split(
    " ",
  ),
);
const INTERVAL_UNIT = /^(?:year|quarter|month|week|day|hour|minute|second|millisecond|microsecond)s?$/i;

/** The type after `AS` or `::`, e.g. `decimal(12,2)` or `timestamp with time zone`. */
export function parseType(cursor: Cursor): IrType {
  const first = cursor.next();
  if (first.kind !== "word") throw cursor.problem("expected a type name", first);
  let text = first.text;
  for (const more of [["with", "time", "zone"], ["without", "time", "zone"], ["precision"], ["varying"]]) {
    if (cursor.takeWords(...more)) text += ` ${more.join(" ")}`;
  }
  if (cursor.takeSymbol("(")) {
    const sizes: string[] = [];
    do {
      const size = cursor.next();
      if (size.kind !== "number") throw cursor.problem("expected a size", size);
      sizes.push(size.text);
    } while (cursor.takeSymbol(","));
    cursor.expectSymbol(")", "after the size of the type");
    text += `(${sizes.join(",")})`;
  }
  const parsed = parseIrType(text);
  if (!parsed.ok) throw new ExpressionProblem(parsed.message, first.start);
  return parsed.type;
}

function parseCase(cursor: Cursor, parse: Parse): Expression {
  const subject = cursor.isWords("when") ? undefined : parse(cursor);
  const when: { when: Expression; result: Expression }[] = [];
  while (cursor.takeWords("when")) {
    const condition = parse(cursor);
    cursor.expectWord("then", "in CASE");
    when.push({ when: condition, result: parse(cursor) });
  }
  if (when.length === 0) throw cursor.problem("expected WHEN in CASE");
  const otherwise = cursor.takeWords("else") ? parse(cursor) : undefined;
  cursor.expectWord("end", "to close CASE");
  return { type: "case", ...(subject && { subject }), when, ...(otherwise && { otherwise }) };
}

function parseInterval(cursor: Cursor): Expression {
  const amount = cursor.next();
  const unit = cursor.peek();
  if (unit.kind === "word" && INTERVAL_UNIT.test(unit.text)) {
    cursor.next();
    return { type: "interval", value: `${amount.text} ${unit.text.toLowerCase()}` };
  }
  if (amount.kind === "number") throw cursor.problem("expected a unit such as DAY after INTERVAL");
  return { type: "interval", value: amount.text };
}

function checkArguments(name: string, args: Expression[], token: Token): void {
  const [least, most] = FUNCTIONS.get(name) ?? [0, 0];
  if (args.length < least || args.length > most) {
    const range = least === most ? `${least}` : `${least} to ${most}`;
    throw new ExpressionProblem(`${name} takes ${range} argument(s), not ${args.length}`, token.start);
  }
  const regex = args[REGEX_ARGUMENT.get(name) ?? -1];
  if (regex) {
    if (regex.type !== "string")
      throw new ExpressionProblem(`the pattern of ${name} must be a text in '…'`, token.start);
    const problem = regexProblem(regex.value);
    if (problem) throw new ExpressionProblem(`the pattern of ${name}: ${problem}`, token.start);
  }
  const length = args[LENGTH_ARGUMENT.get(name) ?? -1];
  if (length && !(length.type === "number" && /^\d{1,4}$/.test(length.text) && Number(length.text) <= 1000)) {
    throw new ExpressionProblem(`the length of ${name} must be a number from 0 to 1000`, token.start);
  }
}

function parseCall(cursor: Cursor, token: Token, parse: Parse): Expression {
  const written = token.text.toLowerCase();
  if (written === "extract") return parseExtract(cursor, token, parse);
  const name = FUNCTION_ALIASES.get(written) ?? written;
  if (!FUNCTIONS.has(name)) {
    const hint = AGGREGATES.has(name)
      ? "it is an aggregate: use an aggregate or summarize op"
      : (didYouMean(name, FUNCTIONS.keys()) ?? `there are ${[...FUNCTIONS.keys()].join(", ")}`);
    throw new ExpressionProblem(`function "${token.text}" is not available; ${hint}`, token.start);
  }
  const args: Expression[] = [];
  if (!cursor.isSymbol(")")) {
    do args.push(parse(cursor));
    while (cursor.takeSymbol(","));
  }
  cursor.expectSymbol(")", `to close ${name}(…)`);
  checkArguments(name, args, token);
  return { type: "call", name, args };
}

function parseExtract(cursor: Cursor, token: Token, parse: Parse): Expression {
  const part = cursor.next();
  if (part.kind !== "word" && part.kind !== "string")
    throw cursor.problem("expected a part such as YEAR", part);
  cursor.expectWord("from", "in extract(… FROM …)");
  const of = parse(cursor);
  cursor.expectSymbol(")", "to close extract(…)");
  const args: Expression[] = [{ type: "string", value: part.text.toLowerCase() }, of];
  checkArguments("date_part", args, token);
  return { type: "call", name: "date_part", args };
}

function parseWord(cursor: Cursor, token: Token, parse: Parse): Expression {
  const word = token.text.toLowerCase();
  if (word === "true" || word === "false") return { type: "boolean", value: word === "true" };
  if (word === "null") return { type: "null" };
  if (word === "case") return parseCase(cursor, parse);
  if ((word === "cast" || word === "try_cast") && cursor.takeSymbol("(")) {
    const of = parse(cursor);
    cursor.expectWord("as", `in ${word}(… AS type)`);
    const to = parseType(cursor);
    cursor.expectSymbol(")", `to close ${word}(…)`);
    return { type: "cast", of, to, lenient: word === "try_cast" };
  }
  if (word === "interval" && ["string", "number"].includes(cursor.peek().kind)) return parseInterval(cursor);
  if (cursor.peek().kind === "string") {
    if (word === "date" || word === "time" || word === "timestamp" || word === "timestamptz") {
      return { type: "typed", as: word, value: cursor.next().text };
    }
    throw cursor.problem(`"${token.text}" cannot stand before a text`, token);
  }
  if (SUBQUERY.has(word))
    throw new ExpressionProblem(`${word.toUpperCase()}: sub-queries are not allowed`, token.start);
  if (RESERVED.has(word)) throw cursor.problem("expected a value", token);
  if (word === "current_date" || word === "current_timestamp") {
    if (cursor.takeSymbol("(")) cursor.expectSymbol(")", `after ${word}(`);
    return { type: "call", name: FUNCTION_ALIASES.get(word) ?? word, args: [] };
  }
  if (cursor.takeSymbol("(")) return parseCall(cursor, token, parse);
  return { type: "column", name: token.text };
}

/** A literal, a column, a call, a CASE, a cast, or an expression in parentheses. */
export function parsePrimary(cursor: Cursor, parse: Parse): Expression {
  const token = cursor.next();
  switch (token.kind) {
    case "string":
      return { type: "string", value: token.text };
    case "number":
      return { type: "number", text: token.text };
    case "quoted":
      if (cursor.isSymbol("("))
        throw new ExpressionProblem("functions are called without quotes", token.start);
      return { type: "column", name: token.text };
    case "word":
      return parseWord(cursor, token, parse);
    case "symbol":
      if (token.text === "(") {
        const inner = parse(cursor);
        cursor.expectSymbol(")", "to close (");
        return inner;
      }
  }
  throw cursor.problem("expected a value", token);
}
