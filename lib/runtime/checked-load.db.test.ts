import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import { uniqueId } from "#tests/factories.ts";
import { runPlan } from "./run-plan.ts";
import { scratchRoot } from "./warehouse.ts";

const url = inject("postgresUrl") ?? "";
const catalogue = { sources: [], destinations: [{ name: "lake", kind: "postgres" }] };

describe.skipIf(!url)("dataset checks on the way into PostgreSQL", () => {
  const folder = mkdtempSync(path.join(inject("temporaryFolder"), "files-"));
  const known = uniqueId("known");
  let client: pg.Client;
  const connect = async () => {
    const made = new pg.Client({ connectionString: url });
    await made.connect();
    return made;
  };
  beforeAll(async () => {
    client = await connect();
    await client.query(`create table ${known} as select i as id from generate_series(1, 3) i`);
  });
  afterAll(async () => {
    await client.query(`drop table ${known}`);
    await client.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const text = "id,who,at\n1,1,2024-01-01T00:00:00Z\n2,2,2024-01-02T00:00:00Z\n3,2,2024-01-03T00:00:00Z\n";
  const columns = [
    { name: "id", type: "bigint" },
    { name: "who", type: "integer" },
    { name: "at", type: "timestamptz" },
  ];
  /** `shaped`: with a transform before the check, so that the file's own bytes are no longer what is loaded. */
  async function run(table: string, datasetLevel: object, content: string, shaped: boolean) {
    const file = path.join(folder, `${uniqueId("f")}.csv`);
    writeFileSync(file, content);
    const transform = {
      id: "t",
      kind: "transform",
      input: "src",
      ops: [{ op: "rename", from: "at", to: "at2" }],
    };
    const back = { id: "b", kind: "transform", input: "t", ops: [{ op: "rename", from: "at2", to: "at" }] };
    const parsed = parsePipelineIR(
      {
        kind: "pipeline",
        version: "1.0",
        id: "p",
        metadata: { name: "P" },
        nodes: [
          {
            id: "src",
            kind: "source",
            connector: "local_fs",
            config: { path: file, format: { type: "csv", columns } },
          },
          ...(shaped ? [transform, back] : []),
          { id: "v", kind: "validate", input: shaped ? "b" : "src", datasetLevel },
          {
            id: "out",
            kind: "target",
            input: "v",
            destination: "lake",
            schema: table.includes(".") ? table : `public.${table}`,
            loadMode: "truncate",
          },
        ],
      },
      { strength: "executable", catalogue },
    );
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    return runPlan({
      plan: compile(parsed.ir, catalogue),
      tenant: "t_demo",
      runId: uniqueId("run"),
      scratchDir: path.join(scratchRoot(), uniqueId("run")),
      resolveDestination: async () => ({ kind: "postgres", defaultSchema: "public", connect }),
    });
  }
  test("first loads into a schema at the same moment all get through", async () => {
    const schema = uniqueId("fresh");
    const tables = Array.from({ length: 4 }, (_, at) => `${schema}.t${at}`);
    const runs = await Promise.all(tables.map((table) => run(table, { rowCount: { min: 1 } }, text, false)));
    expect(runs.map(({ status, error }) => error ?? status)).toEqual(tables.map(() => "completed"));
    await client.query(`drop schema ${schema} cascade`);
  });

  const loaded = async (table: string) =>
    (await client.query(`select count(*)::int as n from ${table}`)).rows[0]?.n;

  const checks: [string, object, string][] = [
    ["rowCount", { min: 4 }, text],
    ["freshness", { field: "at", maxAgeMinutes: 60 }, text],
    ["cardinality", { field: "who", max: 1 }, text],
    ["duplicateKey", { fields: ["who"] }, text],
    ["fkIntegrity", { field: "who", references: { table: known, field: "id" } }, `${text}4,9,2024-01-01\n`],
  ];
  const fine = {
    rowCount: { min: 3, max: 3 },
    freshness: { field: "at", maxAgeMinutes: 100_000_000 },
    cardinality: { field: "who", min: 2, max: 2 },
    duplicateKey: { fields: ["id"] },
    fkIntegrity: { field: "who", references: { table: known, field: "id" } },
  };

  describe.each([
    ["of a file that is only checked", false],
    ["of rows that were changed", true],
  ])("%s", (_, shaped) => {
    test("all of them hold", async () => {
      const table = uniqueId("t");
      expect(await run(table, fine, text, shaped)).toMatchObject({
        status: "completed",
        ledger: { balanced: true, read: 3, loaded: 3 },
        warnings: [],
      });
    });

    test.each(checks)(
      "%s aborts and leaves the table as it was, or warns and loads",
      async (name, check, content) => {
        const table = uniqueId("t");
        await run(table, fine, text, shaped);
        expect(await run(table, { [name]: { ...check, onFail: "abort" } }, content, shaped)).toMatchObject({
          status: "failed",
          error: { code: "check_failed", nodeId: "v", rule: name },
        });
        expect(await loaded(table)).toBe(3);
        const warned = await run(table, { [name]: { ...check, onFail: "warn" } }, content, shaped);
        expect(warned).toMatchObject({
          status: "completed_with_errors",
          warnings: [{ code: "check_warning", nodeId: "v", rule: name }],
          ledger: { balanced: true },
        });
        expect(await loaded(table)).toBe(content.split("\n").length - 2);
      },
    );
  });
});
