import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { duckdbType, IR_TYPE_NAMES, parseIrType } from "../types.ts";
import { FUNCTIONS } from "./functions.ts";
import { parseExpression } from "./parse-expression.ts";
import { printExpression } from "./print-expression.ts";

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:");
});
afterAll(() => instance.closeSync());

async function engineValue(sql: string): Promise<unknown> {
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowsJson()[0]?.[0];
  } finally {
    connection.closeSync();
  }
}

it("every function of the list is a scalar function of the engine", async () => {
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('scalar', 'macro')",
  );
  connection.closeSync();
  const known = new Set(reader.getRowsJson().map(([name]) => name));
  // These are part of the grammar, not of the catalogue.
  const grammar = new Set(["coalesce", "ifnull"]);
  expect([...FUNCTIONS.keys()].filter((name) => !known.has(name) && !grammar.has(name))).toEqual([]);
});

it.each(IR_TYPE_NAMES)("type %s exists in the engine", async (name) => {
  expect(await engineValue(`SELECT CAST(NULL AS ${duckdbType({ name })})`)).toBeNull();
  expect(parseIrType(duckdbType({ name }))).toMatchObject({ ok: true, type: { name } });
});

it.each<[string, unknown]>([
  ["1 + 2 * 3 - 4", 3],
  ["-2 - -3", 1],
  ["7 // 2", 3],
  ["'a' || 'b' = 'ab'", true],
  ["not 1 = 2 and true", true],
  ["1 between 0 and 2 and 'Ab' ilike 'aB'", true],
  ["3 not in (1, 2)", true],
  ["case 2 when 1 then 'x' when 2 then 'it''s' end", "it's"],
  ["'12.5'::decimal(12,2)", "12.50"],
  ["try_cast('x' as integer)", null],
  ["date '2024-02-28' + interval 2 day = timestamp '2024-03-01'", true],
  ["extract(year from date '2024-02-28')", "2024"],
  ["ifnull(null, 'x')", "x"],
  ["null is distinct from 1", true],
  ["regexp_extract('ab12', '[0-9]+')", "12"],
  ["lpad('7', 3, '0')", "007"],
  ["date_trunc('month', date '2024-02-28') = date '2024-02-01'", true],
  ["starts_with('orders', 'or') and contains('orders', 'der')", true],
  ["strftime(date '2024-02-28', '%d.%m.%Y')", "28.02.2024"],
  ["split_part('a-b-c', '-', 2)", "b"],
  ["left('abc', 2) || right('abc', 1)", "abc"],
])("%s has the value it should have in the engine", async (text, expected) => {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.message);
  expect(await engineValue(`SELECT ${printExpression(parsed.ast)}`)).toEqual(
    typeof expected === "number" ? expect.toSatisfy((value) => Number(value) === expected) : expected,
  );
});
