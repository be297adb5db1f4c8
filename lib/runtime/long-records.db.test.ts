import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import { uniqueId } from "#tests/factories.ts";
import { runPlan } from "./run-plan.ts";
import { scratchRoot } from "./warehouse.ts";

const url = inject("postgresUrl") ?? "";
const catalogue = { sources: [], destinations: [{ name: "lake", kind: "postgres" }] };
const columns = [
  { name: "id", type: "bigint" },
  { name: "note", type: "string" },
];
const BEFORE = 200_000;

/** The quick way reads with small buffers: records beyond them must arrive like all others. */
describe.skipIf(!url)("long records into PostgreSQL", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
  let client: pg.Client;
  const connect = async () => {
    const made = new pg.Client({ connectionString: url });
    await made.connect();
    return made;
  };
  beforeAll(async () => {
    client = await connect();
  });
  afterAll(async () => {
    await client.end();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(file: string, table: string, shaped: boolean) {
    const ops = [{ op: "expression", field: "id", expr: "id + 1" }];
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
          ...(shaped ? [{ id: "t", kind: "transform", input: "src", ops }] : []),
          {
            id: "out",
            kind: "target",
            input: shaped ? "t" : "src",
            destination: "lake",
            schema: `public.${table}`,
            loadMode: "append",
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

  const words = (bytes: number, between: string) => `words of a long note${between}`.repeat(bytes / 21);
  describe.each([
    ["as its own bytes", false],
    ["changed on the way", true],
  ])("%s", (_, shaped) => {
    test.each([
      ["1 MB in one line", words(1_000_000, " ")],
      ["2 MB over many lines", words(2_100_000, "\n")],
      ["3 MB in one line", words(3_000_000, " ")],
      ["5 MB without quotes", words(5_000_000, " ")],
      ["9 MB over many lines", words(9_000_000, "\n")],
    ])("%s", async (name, note) => {
      const file = path.join(folder, `${uniqueId("f")}.csv`);
      const quote = name.endsWith("without quotes") ? "" : '"';
      const rows = Array.from({ length: BEFORE }, (_, id) => `${id},plain note ${id}\n`).join("");
      writeFileSync(file, `id,note\n${rows}${BEFORE},${quote}${note}${quote}\n${BEFORE + 1},last\n`);
      const table = uniqueId("long");
      expect(await run(file, table, shaped)).toMatchObject({
        status: "completed",
        warnings: [],
        ledger: { balanced: true, read: BEFORE + 2, loaded: BEFORE + 2 },
      });
      const { rows: found } = await client.query(
        `select md5(note) as sum from ${table} where length(note) > 100`,
      );
      expect(found).toEqual([{ sum: createHash("md5").update(note).digest("hex") }]);
      await client.query(`drop table ${table}`);
    });
  });
});
