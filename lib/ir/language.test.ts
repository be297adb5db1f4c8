import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalText,
  capabilities,
  duckdbType,
  emptyPipelineIr,
  fileFormatOf,
  formatIrType,
  irJsonSchema,
  isExecutable,
  NODE_KINDS,
  parseHook,
  parseIrType,
  parsePipelineIR,
  parseRule,
  postgresType,
  printHook,
  RULE_FORMS,
  sqlIdentifier,
  sqlLiteral,
} from "./index.ts";
import {
  DATASET_CHECKS,
  FILE_CONNECTORS,
  FILE_FORMATS,
  LOAD_MODES,
  OP_NAMES,
  TABLE_CONNECTORS,
} from "./schema.ts";

describe("quoting", () => {
  it.each([
    [sqlIdentifier('a"b'), '"a""b"'],
    [sqlLiteral("it's"), "'it''s'"],
    [sqlLiteral(-5), "(-5)"],
    [sqlLiteral(1.5), "1.5"],
    [sqlLiteral(10n), "10"],
    [sqlLiteral(true), "TRUE"],
    [sqlLiteral(null), "NULL"],
  ])("%s", (quoted, expected) => expect(quoted).toBe(expected));
  it.each([
    () => sqlIdentifier(""),
    () => sqlIdentifier("a\0"),
    () => sqlLiteral("a\0"),
    () => sqlLiteral(Number.NaN),
  ])("refuses what no engine can hold (%#)", (quote) => expect(quote).toThrow(RangeError));
  it("never lets a text end its own quotes", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).filter((text) => !text.includes("\0")),
        (text) => {
          expect(sqlLiteral(text).slice(1, -1).replaceAll("''", "")).not.toContain("'");
          if (text !== "") expect(sqlIdentifier(text).slice(1, -1).replaceAll('""', "")).not.toContain('"');
        },
      ),
    );
  });
});

describe("types", () => {
  it.each([
    ["string", "string", "VARCHAR", "text"],
    ["VarChar(20)", "string", "VARCHAR", "text"],
    ["INT", "integer", "INTEGER", "integer"],
    ["numeric(12, 2)", "decimal(12,2)", "DECIMAL(12,2)", "numeric(12,2)"],
    ["decimal", "decimal", "DECIMAL(18,3)", "numeric"],
    ["decimal(9)", "decimal(9,0)", "DECIMAL(9,0)", "numeric(9,0)"],
    ["timestamp with time zone", "timestamptz", "TIMESTAMPTZ", "timestamptz"],
    ["float", "double", "DOUBLE", "double precision"],
    ["jsonb", "json", "JSON", "jsonb"],
  ])("%s", (text, name, duckdb, postgres) => {
    const parsed = parseIrType(text);
    if (!parsed.ok) throw new Error(parsed.message);
    expect([formatIrType(parsed.type), duckdbType(parsed.type), postgresType(parsed.type)]).toEqual([
      name,
      duckdb,
      postgres,
    ]);
  });
  it.each([
    "",
    "strng",
    "decimal(0,0)",
    "decimal(3,4)",
    "decimal(39,2)",
    "date(3)",
    "int; drop",
    "constructor",
  ])("refuses %j", (text) => expect(parseIrType(text).ok).toBe(false));
});

describe("rules", () => {
  it.each<[string, unknown]>([
    ["not_null", { name: "not_null" }],
    ["gt:0", { name: "gt", operand: "0", numeric: true }],
    ["lte: 2024-01-01 ", { name: "lte", operand: "2024-01-01", numeric: false }],
    ["between:1.5, 10", { name: "between", low: "1.5", high: "10", numeric: true }],
    ["in:a, b,c\\,d", { name: "in", values: ["a", "b", "c,d"] }],
    ["regex:^a:b$", { name: "regex", pattern: "^a:b$" }],
    ["length_max:10", { name: "length_max", length: 10 }],
  ])("%s", (text, rule) => expect(parseRule(text)).toEqual({ ok: true, rule }));
  it("every form that is shown parses", () => {
    for (const [name, form] of Object.entries(RULE_FORMS))
      expect(parseRule(form)).toMatchObject({ ok: true, rule: { name } });
  });
  it.each([
    "",
    "gt",
    "gt:",
    "email:x",
    "in:",
    "between:1,2,3",
    "between:a,1",
    "length_min:-1",
    "regex:",
    "regex:(?!a)",
    "toString",
  ])("refuses %j", (text) => expect(parseRule(text).ok).toBe(false));
});

describe("hooks", () => {
  it.each([
    ["analyze", "ANALYZE"],
    ["ANALYZE  shop.orders ;", 'ANALYZE "shop"."orders"'],
    ["refresh materialized view concurrently daily", 'REFRESH MATERIALIZED VIEW CONCURRENTLY "daily"'],
    ["create schema if not exists Shop", 'CREATE SCHEMA IF NOT EXISTS "Shop"'],
    [
      'Create unique index if not exists i on shop.orders(id, "Created at" desc)',
      'CREATE UNIQUE INDEX IF NOT EXISTS "i" ON "shop"."orders" ("id", "Created at" DESC)',
    ],
  ])("%s", (text, printed) => {
    const parsed = parseHook(text);
    expect(parsed.ok && printHook(parsed.hook)).toBe(printed);
    expect(parseHook(printed)).toEqual(parsed);
  });
  it.each([
    "",
    "VACUUM",
    "ANALYZE a.b.c",
    "ANALYZE (VERBOSE) a",
    "ANALYZE a; ANALYZE b",
    "ANALYZE a -- x",
    "CREATE SCHEMA a",
    "CREATE INDEX i ON a (b)",
    "CREATE INDEX IF NOT EXISTS i ON a (lower(b))",
    "CREATE INDEX IF NOT EXISTS i ON a (b) WHERE c",
    "CREATE INDEX IF NOT EXISTS i ON a ()",
    "REFRESH MATERIALIZED VIEW a WITH NO DATA",
    "WITH d AS (DELETE FROM a RETURNING *) SELECT 1",
    "SELECT pg_sleep(10)",
  ])("refuses %j", (text) => expect(parseHook(text).ok).toBe(false));
});

describe("the capability table", () => {
  it("has one line for everything the language knows", () => {
    const names = (kind: string) => capabilities.filter((line) => line.kind === kind).map(({ name }) => name);
    expect(names("node").toSorted()).toEqual([...NODE_KINDS].toSorted());
    expect(names("op")).toEqual([...OP_NAMES]);
    expect(names("rule").toSorted()).toEqual(Object.keys(RULE_FORMS).toSorted());
    expect(names("dataset_check")).toEqual([...DATASET_CHECKS]);
    expect(names("connector").toSorted()).toEqual([...FILE_CONNECTORS, ...TABLE_CONNECTORS].toSorted());
    expect(names("format")).toEqual([...FILE_FORMATS]);
    expect(names("load_mode")).toEqual([...LOAD_MODES]);
    const keys = capabilities.map(({ kind, name }) => `${kind} ${name}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
  it("takes what is not listed for not executable", () => {
    expect(isExecutable("connector", "local_fs")).toBe(true);
    expect(isExecutable("connector", "kafka")).toBe(false);
    expect(isExecutable("op", "no_such_op")).toBe(false);
  });
});

it("shows a document in one order, whatever the order of its keys", () => {
  const shuffled = {
    nodes: [{ schema: "a", kind: "target", id: "t" }],
    metadata: { name: "n" },
    id: "p",
    version: "1.0",
    kind: "pipeline",
  };
  expect(canonicalText(shuffled).replaceAll(/\s/g, "")).toBe(
    '{"kind":"pipeline","version":"1.0","id":"p","metadata":{"name":"n"},"nodes":[{"id":"t","kind":"target","schema":"a"}]}',
  );
});

it("has a JSON Schema with descriptions", () => {
  const schema = JSON.stringify(irJsonSchema());
  expect(schema).toContain("id of the node read");
  expect(schema).toContain('"cdc_mirror"');
  expect(irJsonSchema()).toMatchObject({ type: "object", additionalProperties: false });
});

it("the empty pipeline is a draft, and nothing that could run", () => {
  expect(parsePipelineIR(emptyPipelineIr(), { strength: "saved" }).ok).toBe(true);
  expect(parsePipelineIR(emptyPipelineIr("x", "X"), { strength: "executable" }).ok).toBe(false);
});

it.each([
  ["/tmp/a.csv", { format: "csv" }],
  ["a.JSONL.gz", { format: "jsonl", compression: "gz" }],
  ["a.ndjson.zst", { format: "jsonl", compression: "zst" }],
  ["o_{YYYYMMDD}.parquet", { format: "parquet" }],
  ["^o.*\\.tsv$", { format: "tsv" }],
  ["csv", {}],
  ["/tmp.csv/a", {}],
])("tells the format of %s", (name, format) => expect(fileFormatOf(name)).toEqual(format));

it("never throws, whatever it is given", () => {
  fc.assert(
    fc.property(fc.anything(), (input) => {
      expect(parsePipelineIR(input, { strength: "executable" }).ok).toBe(false);
    }),
  );
  const node = fc.object({
    key: fc.constantFrom("id", "kind", "input", "ops", "op", "config", "connector", "schema"),
    maxDepth: 3,
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(node, fc.anything())), (nodes) => {
      parsePipelineIR({ ...emptyPipelineIr(), nodes }, { strength: "executable" });
    }),
    { numRuns: 300 },
  );
});

it("runs in a browser: no module of Node is imported", () => {
  const folders = ["", "checks/", "changes/", "expression/", "nodes/", "../json-patch/"];
  const files = folders.flatMap((folder) =>
    readdirSync(new URL(`./${folder}`, import.meta.url))
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map((file) => `./${folder}${file}`),
  );
  expect(files.length).toBeGreaterThan(60);
  for (const file of files) {
    const text = readFileSync(new URL(file, import.meta.url), "utf8");
    expect(
      /from "node:|\bprocess\.|\bBuffer\b|from "#lib\/(?!json-patch|limits|redact)/.test(text),
      file,
    ).toBe(false);
  }
});
