import { limits } from "#lib/limits.ts";
import type { BinaryOperator, Expression, ParsedExpression } from "./ast.ts";
import { Cursor } from "./cursor.ts";
import { parsePrimary, parseType } from "./primary.ts";
import { ExpressionProblem } from "./tokenize.ts";
import { columnsOf, depthOf } from "./walk.ts";

/** Chains such as a + b + c make deep trees too; engines stop at about 1000. */
const MAX_TREE_DEPTH = 256;

type Level = (cursor: Cursor) => Expression;

const binaryLevel = (operand: Level, operators: readonly string[]): Level => {
  const symbols = new Map(operators.map((op) => [op, op as BinaryOperator]));
  return (cursor) => {
    let left = operand(cursor);
    for (;;) {
      const { kind, text } = cursor.peek();
      const op =
        kind === "symbol" ? symbols.get(text) : kind === "word" ? symbols.get(text.toLowerCase()) : undefined;
      if (op === undefined) return left;
      cursor.next();
      left = { type: "binary", op, left, right: operand(cursor) };
    }
  };
};

const COMPARISONS: ReadonlyMap<string, BinaryOperator> = new Map([
  ["=", "="],
  ["==", "="],
  ["<>", "<>"],
  ["!=", "<>"],
  ["<", "<"],
  ["<=", "<="],
  [">", ">"],
  [">=", ">="],
]);

const postfix: Level = (cursor) => {
  let of = parsePrimary(cursor, parseAny);
  while (cursor.takeSymbol("::")) of = { type: "cast", of, to: parseType(cursor), lenient: false };
  return of;
};

const unary: Level = (cursor) => {
  if (cursor.takeSymbol("-")) return { type: "unary", op: "-", of: cursor.deeper(() => unary(cursor)) };
  if (cursor.takeSymbol("+")) return cursor.deeper(() => unary(cursor));
  return postfix(cursor);
};

const multiplicative = binaryLevel(unary, ["*", "//", "/", "%"]);
const additive = binaryLevel(multiplicative, ["+", "-"]);
const concatenation = binaryLevel(additive, ["||"]);

const membership: Level = (cursor) => {
  const of = concatenation(cursor);
  if (cursor.peek().kind !== "word") return of;
  const negated =
    cursor.isWords("not") &&
    ["in", "between", "like", "ilike"].includes(cursor.peek(1).text.toLowerCase()) &&
    cursor.takeWords("not");
  if (cursor.takeWords("in")) {
    cursor.expectSymbol("(", "after IN");
    const list: Expression[] = [];
    do list.push(parseAny(cursor));
    while (cursor.takeSymbol(","));
    cursor.expectSymbol(")", "to close IN (…)");
    return { type: "in", of, list, negated };
  }
  if (cursor.takeWords("between")) {
    const low = concatenation(cursor);
    cursor.expectWord("and", "in BETWEEN … AND …");
    return { type: "between", of, low, high: concatenation(cursor), negated };
  }
  for (const word of ["like", "ilike"]) {
    if (!cursor.takeWords(word)) continue;
    const pattern = concatenation(cursor);
    if (cursor.isWords("escape")) throw cursor.problem("ESCAPE is not part of the language");
    return { type: "like", of, pattern, insensitive: word === "ilike", negated };
  }
  return of;
};

const comparison: Level = (cursor) => {
  const left = membership(cursor);
  const token = cursor.peek();
  const op = token.kind === "symbol" ? COMPARISONS.get(token.text) : undefined;
  if (!op) return left;
  cursor.next();
  const result: Expression = { type: "binary", op, left, right: membership(cursor) };
  const again = cursor.peek();
  if (again.kind === "symbol" && COMPARISONS.has(again.text)) {
    throw cursor.problem("comparisons cannot be chained; join them with AND");
  }
  return result;
};

const is: Level = (cursor) => {
  let of = comparison(cursor);
  for (;;) {
    if (cursor.peek().kind !== "word") return of;
    if (cursor.takeWords("isnull")) of = { type: "is", of, what: "null", negated: false };
    else if (cursor.takeWords("notnull")) of = { type: "is", of, what: "null", negated: true };
    else if (cursor.takeWords("is")) {
      const negated = cursor.takeWords("not");
      if (cursor.takeWords("distinct", "from")) {
        of = { type: "distinct", left: of, right: comparison(cursor), negated };
        continue;
      }
      const what = (["null", "true", "false"] as const).find((word) => cursor.takeWords(word));
      if (!what) throw cursor.problem("expected NULL, TRUE, FALSE or DISTINCT FROM after IS");
      of = { type: "is", of, what, negated };
    } else return of;
  }
};

const not: Level = (cursor) =>
  cursor.takeWords("not") ? { type: "unary", op: "not", of: cursor.deeper(() => not(cursor)) } : is(cursor);

const anyLevel = binaryLevel(binaryLevel(not, ["and"]), ["or"]);

function parseAny(cursor: Cursor): Expression {
  return cursor.deeper(() => anyLevel(cursor));
}

/**
 * Parses a scalar expression of DuckDB's dialect: literals, columns, operators, CASE, casts and calls of
 * allow-listed functions; no sub-queries, no table functions, no comments. Operators bind as in DuckDB.
 * `columns` are the names it reads, each once. Never throws.
 */
export function parseExpression(text: string): ParsedExpression {
  if (text.length > limits.expressionChars) {
    const message = `longer than ${limits.expressionChars} characters`;
    return { ok: false, message, offset: limits.expressionChars };
  }
  try {
    const cursor = new Cursor(text);
    if (cursor.peek().kind === "end") return { ok: false, message: "it is empty", offset: 0 };
    const ast = parseAny(cursor);
    if (cursor.peek().kind !== "end") throw cursor.problem("expected the end or an operator");
    if (depthOf(ast) > MAX_TREE_DEPTH) {
      return {
        ok: false,
        message: `more than ${MAX_TREE_DEPTH} operators deep; shorten it (IN for many ORs)`,
        offset: 0,
      };
    }
    return { ok: true, ast, columns: columnsOf(ast) };
  } catch (error) {
    if (error instanceof ExpressionProblem)
      return { ok: false, message: error.message, offset: error.offset };
    throw error;
  }
}
