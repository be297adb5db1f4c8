import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Duckdb } from "#lib/duckdb.ts";
import { openDuckdb } from "#lib/duckdb.ts";
import { sqlLiteral } from "#lib/ir/index.ts";
import type { IrType } from "#lib/ir/schema.ts";
import { checkedCast } from "./cast.ts";

const TYPES: IrType[] = [
  { name: "smallint" },
  { name: "integer" },
  { name: "bigint" },
  { name: "decimal", precision: 12, scale: 2 },
  { name: "decimal", precision: 30, scale: 0 },
  { name: "double" },
  { name: "boolean" },
  { name: "date" },
  { name: "time" },
  { name: "timestamp" },
  { name: "timestamptz" },
  { name: "uuid" },
];

/** Text of numbers and moments, with what makes them inexact or unusual. */
const digits = fc.stringMatching(/^[0-9]{1,12}$/);
const number = fc
  .tuple(
    fc.constantFrom("", "", "", " ", "+", "-", "0", "0x"),
    digits,
    fc.constantFrom("", "", ".0", ".5", ".25", ".005", ".10", ".", "e2", "e-1", "_0", " "),
  )
  .map((parts) => parts.join(""));
const moment = fc
  .tuple(
    fc.constantFrom("2024-02-29", "2024-02-30", "1999-12-31", "20240101", "infinity", "0044-03-15 (BC)"),
    fc.constantFrom("", " 10:00", "T10:00:00", " 23:59:60", " 10:00:00.123456", " 10:00:00.1234567"),
    fc.constantFrom("", "", "Z", "+02", "+05:30", " Europe/Berlin"),
  )
  .map((parts) => parts.join(""));
const clock = fc.constantFrom("10:00", "24:00:00", "23:59:59.999999", "10:00:00.1234567", "10:00:00+02");
const texts = fc.array(
  fc.option(
    fc.oneof(number, moment, clock, fc.uuid(), fc.constantFrom("true", "t", "1", "", "NaN"), fc.string()),
  ),
  { minLength: 20, maxLength: 60 },
);

let engine: Duckdb;
beforeAll(async () => {
  engine = await openDuckdb({ memoryBytes: 2 ** 27, threads: 1, directories: [], spill: "" });
});
afterAll(() => engine.close());

it.each(TYPES)("canonical text of $name is never inexact", async (type) => {
  const { value, inexact, canonical = () => "false" } = checkedCast("t", { name: "string" }, type);
  await fc.assert(
    fc.asyncProperty(texts, async (given) => {
      const rows = given
        .map((text) => (text?.includes("\0") ? null : text))
        .map((text) => `(${text === null ? "NULL" : sqlLiteral(text)})`)
        .join(", ");
      const wrong = await engine.rows(
        `SELECT t, CAST(v AS VARCHAR) AS v FROM (SELECT t, ${value} AS v FROM (VALUES ${rows}) x(t))
         WHERE (${canonical("v")}) AND (${inexact("v")})`,
      );
      expect(wrong).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

it.each<[string, IrType, string]>([
  ["17", { name: "integer" }, "exact"],
  ["007", { name: "integer" }, "looked at"],
  ["1.7", { name: "integer" }, "looked at"],
  ["1.25", { name: "decimal", precision: 12, scale: 2 }, "exact"],
  ["1.5", { name: "decimal", precision: 12, scale: 2 }, "looked at"],
  ["2024-02-29", { name: "date" }, "exact"],
  ["2024-02-29T10:00:00.123Z", { name: "timestamptz" }, "exact"],
  ["2024-02-29T10:00:00.1234567Z", { name: "timestamptz" }, "looked at"],
])("of %s what is asked first says enough or not", async (text, type, expected) => {
  const { value, canonical = () => "false" } = checkedCast("t", { name: "string" }, type);
  const [row] = await engine.rows(
    `SELECT (${canonical("v")}) AS exact FROM (SELECT t, ${value} AS v FROM (VALUES (${sqlLiteral(text)})) x(t))`,
  );
  expect(row).toEqual({ exact: expected === "exact" });
});
