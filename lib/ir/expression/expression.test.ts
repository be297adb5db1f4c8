import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Expression } from "./ast.ts";
import { FUNCTIONS } from "./functions.ts";
import { parseExpression } from "./parse-expression.ts";
import { printExpression } from "./print-expression.ts";
import { childrenOf } from "./walk.ts";

const print = (text: string): string => {
  const parsed = parseExpression(text);
  return parsed.ok ? printExpression(parsed.ast) : `${parsed.message} @${parsed.offset}`;
};

describe("parseExpression", () => {
  it.each([
    ["a + b * c", '("a" + ("b" * "c"))'],
    ["a - b - c", '(("a" - "b") - "c")'],
    ["-a * 2", '((- "a") * 2)'],
    ["not a = 1 and b", '((NOT ("a" = 1)) AND "b")'],
    ["a or b and c", '("a" OR ("b" AND "c"))'],
    ["a || b + 1 = c", '(("a" || ("b" + 1)) = "c")'],
    ["a = 1 is not null", '(("a" = 1) IS NOT NULL)'],
    ["x between 1 and 2 and y", '(("x" BETWEEN 1 AND 2) AND "y")'],
    ["x not in (1, 'a')", `("x" NOT IN (1, 'a'))`],
    ["x not like '%a''b' or x ilike 'c'", `(("x" NOT LIKE '%a''b') OR ("x" ILIKE 'c'))`],
    ["a is distinct from b", '("a" IS DISTINCT FROM "b")'],
    ["a::decimal(12,2)::text", 'CAST(CAST("a" AS DECIMAL(12,2)) AS VARCHAR)'],
    ["try_cast(a as timestamp with time zone)", 'TRY_CAST("a" AS TIMESTAMPTZ)'],
    ["case a when 1 then 'x' else null end", `(CASE "a" WHEN 1 THEN 'x' ELSE NULL END)`],
    ["date '2024-01-01' + interval 3 day", "(DATE '2024-01-01' + INTERVAL '3 day')"],
    ["coalesce(date, current_date)", 'coalesce("date", today())'],
    ["extract(year from d)", `date_part('year', "d")`],
    ['"Order ""No""" != 1e3', '("Order ""No""" <> 1e3)'],
    ["größe > 1", '("größe" > 1)'],
    ["SUBSTR(a, 1, 2)", 'substring("a", 1, 2)'],
  ])("%s", (text, printed) => expect(print(text)).toBe(printed));

  it.each<[text: string, says: string, offset: number]>([
    ["", "empty", 0],
    ["a or", "expected a value, found the end", 4],
    ["(a", "close (", 2],
    ["a b", "expected the end or an operator", 2],
    ["a < b < c", "AND", 6],
    ["(select 1)", "sub-queries", 1],
    ["a in (select b from c)", "sub-queries", 6],
    ["exists (select 1)", "sub-queries", 0],
    ["a; drop table x", "no ;", 1],
    ["a -- b", "comments", 2],
    ["a /* b */", "comments", 2],
    ["t.a", "without a table", 1],
    ["read_csv('/etc/passwd')", "not available", 0],
    ["getenv('HOME')", "not available", 0],
    ["pg_sleep(9)", "not available", 0],
    ["sum(a)", "aggregate", 0],
    ["uper(a)", '"upper"', 0],
    ['"upper"(a)', "without quotes", 0],
    ["round(a, 1, 2)", "1 to 2", 0],
    ["lpad(a, 1000000000, 'x')", "0 to 1000", 0],
    ["lpad(a, b, 'x')", "0 to 1000", 0],
    ["regexp_matches(a, b)", "text in '…'", 0],
    ["regexp_matches(a, '(?<!x)')", "look-around", 0],
    ["a['b']", "lists", 1],
    ["$1 + ?", "parameters", 0],
    ["e'\\n'", "plain", 0],
    ["'open", "not closed", 0],
    ['"open', "not closed", 0],
    ["1abc", "not a number", 0],
    ["a::blurb", "unknown type", 3],
    ["a like 'b' escape 'c'", "ESCAPE", 11],
    ["a\0b", "NUL", 1],
    ["count(*)", "aggregate", 0],
    ["*", "expected a value", 0],
    ["x -> 1", "json_extract_string", 2],
  ])("refuses %s", (text, says, offset) => {
    const parsed = parseExpression(text);
    expect(parsed).toMatchObject({ ok: false, offset });
    expect(!parsed.ok && parsed.message).toContain(says);
  });

  it("stops at its limits instead of exhausting the stack", () => {
    expect(print(`${"(".repeat(2000)}a`)).toContain("64 deep");
    expect(print(`${"- ".repeat(1500)}a`)).toContain("64 deep");
    expect(print(`${"not ".repeat(900)}a`)).toContain("64 deep");
    expect(print(Array(1900).fill("a").join("+"))).toContain("256 operators deep");
    expect(print(`'${"a".repeat(5000)}'`)).toContain("4000 characters");
  });
  it("names the columns it reads, each once", () => {
    const parsed = parseExpression("a + b * A - coalesce(a, c)");
    expect(parsed.ok && parsed.columns).toEqual(["a", "b", "A", "c"]);
  });
  it("prints columns as it is told", () => {
    const parsed = parseExpression("a = 'a'");
    expect(parsed.ok && printExpression(parsed.ast, { column: (name) => `t."${name}"` })).toBe(
      `(t."a" = 'a')`,
    );
  });
});

const name = fc.string({ minLength: 1, maxLength: 6, unit: "binary" }).filter((text) => !text.includes("\0"));
const text = fc.string({ maxLength: 8, unit: "binary" }).filter((value) => !value.includes("\0"));
const anyFunction = fc
  .constantFrom(...[...FUNCTIONS].filter(([, [least]]) => least <= 2).map(([called]) => called))
  .filter((called) => !/regexp/.test(called));
const tree = fc.letrec<{ node: Expression; leaf: Expression }>((tie) => ({
  leaf: fc.oneof(
    text.map((value): Expression => ({ type: "string", value })),
    fc.nat().map((value): Expression => ({ type: "number", text: String(value) })),
    name.map((column): Expression => ({ type: "column", name: column })),
    fc.constant<Expression>({ type: "null" }),
    text.map((value): Expression => ({ type: "typed", as: "timestamp", value })),
    text.map((value): Expression => ({ type: "interval", value })),
  ),
  node: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    tie("leaf"),
    fc.record({
      type: fc.constant("unary" as const),
      op: fc.constantFrom("not" as const, "-" as const),
      of: tie("node"),
    }),
    fc.record({
      type: fc.constant("binary" as const),
      op: fc.constantFrom(
        "or" as const,
        "and" as const,
        "=" as const,
        "||" as const,
        "-" as const,
        "//" as const,
      ),
      left: tie("node"),
      right: tie("node"),
    }),
    fc.record({
      type: fc.constant("in" as const),
      of: tie("node"),
      list: fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
      negated: fc.boolean(),
    }),
    fc.record({
      type: fc.constant("between" as const),
      of: tie("node"),
      low: tie("node"),
      high: tie("node"),
      negated: fc.boolean(),
    }),
    fc.record({
      type: fc.constant("is" as const),
      of: tie("node"),
      what: fc.constantFrom("null" as const, "true" as const),
      negated: fc.boolean(),
    }),
    fc.record({
      type: fc.constant("cast" as const),
      of: tie("node"),
      to: fc.constant({ name: "decimal" as const, precision: 9, scale: 2 }),
      lenient: fc.boolean(),
    }),
    fc.tuple(anyFunction, tie("node")).map(([called, of]): Expression => {
      const [least] = FUNCTIONS.get(called) ?? [0];
      return { type: "call", name: called, args: Array.from({ length: least }, () => of) };
    }),
    fc.record({
      type: fc.constant("case" as const),
      when: fc.array(fc.record({ when: tie("node"), result: tie("node") }), { minLength: 1, maxLength: 2 }),
      otherwise: tie("node"),
    }),
  ),
})).node;

/** What remains of printed SQL when quoted names and texts are taken away. */
const unquoted = (sql: string): string => sql.replaceAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, " ");

describe("properties", () => {
  it("what is printed parses back to the same tree", () => {
    fc.assert(
      fc.property(tree, (ast) => {
        const printed = printExpression(ast);
        fc.pre(printed.length <= 4000);
        expect(parseExpression(printed)).toMatchObject({ ok: true, ast });
      }),
      { numRuns: 500 },
    );
  });
  it("nothing of a name or a text stands outside quotes", () => {
    fc.assert(
      fc.property(tree, (ast) => {
        expect(unquoted(printExpression(ast))).toMatch(/^[A-Za-z0-9_ ()+\-*/%=<>|,.]*$/);
        expect(unquoted(printExpression(ast))).not.toMatch(/--|\/\*/);
      }),
      { numRuns: 500 },
    );
  });
  it("any text is refused, or printed from a tree: the second printing equals the first", () => {
    const part = fc.constantFrom(
      "a",
      '"b c"',
      "'x''y'",
      "1.5",
      "(",
      ")",
      "and",
      "not",
      "in",
      ",",
      "+",
      "-",
      "::",
      "int",
      "case",
      "when",
      "then",
      "end",
      "is",
      "null",
      "lower(",
      "interval",
      "day",
      " ",
    );
    const input = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 12 }).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(input, (written) => {
        const parsed = parseExpression(written);
        if (!parsed.ok) {
          expect(parsed.offset).toBeLessThanOrEqual(written.length);
          return;
        }
        const printed = printExpression(parsed.ast);
        expect(print(printed)).toBe(printed);
        expect(unquoted(printed)).toMatch(/^[A-Za-z0-9_ ()+\-*/%=<>|,.]*$/);
      }),
      { numRuns: 2000 },
    );
  });
  it("walks every part of a tree", () => {
    fc.assert(fc.property(tree, (ast) => childrenOf(ast).every((child) => typeof child.type === "string")));
  });
});
