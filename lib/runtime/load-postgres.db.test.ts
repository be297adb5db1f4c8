import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import { uniqueId } from "#tests/factories.ts";
import { startHoldingRelay } from "#tests/servers/holding-relay.ts";
import type { Listening } from "#tests/servers/listening.ts";
import { runPlan } from "./run-plan.ts";
import { scratchRoot } from "./warehouse.ts";

const url = inject("postgresUrl") ?? "";
const catalogue = { sources: [], destinations: [{ name: "lake", kind: "postgres" }] };

describe.skipIf(!url)("loading into PostgreSQL", () => {
  let folder: string;
  let client: pg.Client;
  let relay: Listening;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
    client = await connect();
    relay = await startHoldingRelay({ to: Number(new URL(url).port), afterBytes: 1_000_000 });
  });
  afterAll(async () => {
    await client.end();
    await relay.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function connect(connectionString = url) {
    const made = new pg.Client({ connectionString });
    made.on("error", () => undefined);
    await made.connect();
    return made;
  }

  /** Connects to the same database, and stands still in the middle of the first COPY of more than a megabyte. */
  async function connectHeld() {
    const held = new URL(url);
    held.port = String(relay.port);
    return connect(held.href);
  }

  /** Waits until a COPY is well under way. @returns the server's process that is at it. */
  async function copying(): Promise<number | undefined> {
    const found = async () => {
      const { rows } = await client.query<{ pid: number }>(
        "select pid from pg_stat_progress_copy where datname = current_database() and tuples_processed > 100",
      );
      return rows[0]?.pid;
    };
    await expect.poll(found).toBeDefined();
    return found();
  }

  const columns = [
    { name: "id", type: "bigint" },
    { name: "amount", type: "decimal(12,2)" },
    { name: "at", type: "timestamptz" },
    { name: "note", type: "string" },
  ];
  const planOf = (file: string, table: string, target: object, middle: { id: string }[] = []) => {
    const document = {
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
        ...middle,
        {
          id: "out",
          kind: "target",
          input: middle.at(-1)?.id ?? "src",
          destination: "lake",
          schema: `public.${table}`,
          ...target,
        },
      ],
    };
    const parsed = parsePipelineIR(document, { strength: "executable", catalogue });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    return compile(parsed.ir, catalogue);
  };
  const run = (
    plan: ReturnType<typeof planOf>,
    more: { runId?: string; connect?: () => Promise<pg.Client>; signal?: AbortSignal } = {},
  ) => {
    const { runId = uniqueId("run"), signal } = more;
    return runPlan({
      plan,
      tenant: "t_demo",
      runId,
      signal,
      scratchDir: path.join(scratchRoot(), uniqueId("run")),
      resolveDestination: async () => ({
        kind: "postgres",
        defaultSchema: "public",
        connect: more.connect ?? connect,
      }),
    });
  };
  const put = (name: string, text: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const many = (rows: number) => {
    const lines = Array.from(
      { length: rows },
      (_, id) => `${id},${id / 4},2024-01-01T00:00:00Z,"note ""é"" ${id}"`,
    );
    return `id,amount,at,note\n${lines.join("\n")}\n`;
  };
  const select = async (sql: string) => (await client.query(sql)).rows;
  const head = "id,amount,at,note\n";
  const checks = [
    {
      id: "v",
      kind: "validate",
      input: "src",
      rowLevel: [{ id: "r", field: "id", rule: "gte:0" }],
      datasetLevel: { duplicateKey: { fields: ["id"] } },
    },
  ];

  test.each([
    ["at once", []],
    ["with every row counted on the way", checks],
  ])("arrives unchanged, %s", async (_, middle) => {
    const table = uniqueId("t");
    const file = put(
      "a.csv",
      `${head}1,1.5,2024-01-01T10:00:00+02:00,"a ""b"", \\N \\."\n2,2,2024-01-01,\n3,3,2024-01-01,""\n`,
    );
    const { ledger, status } = await run(
      planOf(file, table, { loadMode: "append" }, middle as { id: string }[]),
    );
    expect({ ledger, status }).toMatchObject({
      status: "completed",
      ledger: { balanced: true, read: 3, loaded: 3 },
    });
    expect(await select(`select id, amount::text, at::text, note from ${table} order by id`)).toEqual([
      { id: "1", amount: "1.50", at: expect.stringContaining("2024-01-01"), note: 'a "b", \\N \\.' },
      { id: "2", amount: "2.00", at: expect.any(String), note: null },
      { id: "3", amount: "3.00", at: expect.any(String), note: "" },
    ]);
    expect(await select(`select extract(epoch from at)::bigint as e from ${table} where id = 1`)).toEqual([
      { e: "1704096000" },
    ]);
  });

  test("what an upsert sets for its own statements is set back before a hook", async () => {
    const table = uniqueId("orders");
    const settings =
      "select current_setting('work_mem') as memory, current_setting('enable_hashagg') as hashing, current_setting('jit') as jit";
    const seen: unknown[] = [];
    const watched = async () => {
      const made = await connect();
      const query = made.query.bind(made) as (...given: unknown[]) => unknown;
      const looked = async (hook: unknown) => {
        seen.push(...((await query(settings)) as pg.QueryResult).rows);
        return query(hook);
      };
      // A COPY is handed over as a stream, not as a promise.
      const asked = (...given: unknown[]) =>
        String(given[0]).startsWith("ANALYZE") ? looked(given[0]) : query(...given);
      return Object.assign(made, { query: asked });
    };
    await client.query(`create table ${table} (id bigint primary key)`);
    const hooked = { loadMode: "upsert", upsertKey: ["id"], postHook: `ANALYZE ${table}` };
    const file = put("hooked.csv", "id,amount,at,note\n1,1.00,,\n");
    expect(await run(planOf(file, table, hooked), { connect: watched })).toMatchObject({
      status: "completed",
    });
    expect(seen).toEqual((await client.query(settings)).rows);
  });

  test("upsert counts exactly and the last of equal keys wins", async () => {
    const table = uniqueId("t");
    const target = { loadMode: "upsert", upsertKey: ["id"] };
    await run(planOf(put("a.csv", `${head}1,1,2024-01-01,a\n2,2,2024-01-01,b\n`), table, target));
    const { ledger } = await run(
      planOf(
        put(
          "a.csv",
          `${head}1,1,2024-01-01,a\n2,9,2024-01-01,b\n3,1,2024-01-01,first\n3,1,2024-01-01,last\n`,
        ),
        table,
        target,
      ),
    );
    expect(ledger.nodes.out).toMatchObject({ in: 4, inserted: 1, updated: 1, unchanged: 1, deduplicated: 1 });
    expect(ledger.balanced).toBe(true);
    expect(await select(`select note from ${table} where id = 3`)).toEqual([{ note: "last" }]);
    const nulls = await run(planOf(put("a.csv", `${head},1,2024-01-01,a\n`), table, target));
    expect(nulls.error).toMatchObject({ nodeId: "out" });
  });

  test.each([
    ["append", 200_001, "19999900007"],
    ["truncate", 200_000, "19999900000"],
    ["upsert", 200_000, "19999900000"],
    ["blue_green", 200_000, "19999900000"],
    ["incremental_watermark", 200_001, "19999900007"],
  ])(
    "a destination that dies in mid-load (%s) leaves nothing, and the same run then loads all of it",
    async (loadMode, n, sum) => {
      const table = uniqueId("t");
      const by = {
        ...(loadMode === "upsert" && { upsertKey: ["id"] }),
        ...(loadMode === "incremental_watermark" && { watermarkColumn: "id" }),
      };
      const plan = planOf(put("big.csv", many(200_000)), table, { loadMode, ...by });
      await run(planOf(put("a.csv", `${head}7,1,2024-01-01,old\n`), table, { loadMode: "append" }));
      const runId = uniqueId("run");
      const dying = run(plan, { runId, connect: connectHeld });
      await client.query("select pg_terminate_backend($1)", [await copying()]);
      const died = await dying;
      expect(died).toMatchObject({
        status: "failed",
        error: { code: "destination_lost", nodeId: "out", retryable: true },
      });
      expect(await select(`select note from ${table}`)).toEqual([{ note: "old" }]);
      expect(await run(plan, { runId })).toMatchObject({ status: "completed", ledger: { loaded: 200_000 } });
      expect(await run(plan, { runId })).toMatchObject({
        status: "completed",
        ledger: { loaded: 200_000, balanced: true },
      });
      expect(await select(`select count(*)::int as n, sum(id)::text as s from ${table}`)).toEqual([
        { n, s: sum },
      ]);
    },
    60_000,
  );

  test("a cancelled run stops within two seconds and leaves nothing", async () => {
    const table = uniqueId("t");
    const plan = planOf(put("big.csv", many(400_000)), table, { loadMode: "append" }, checks);
    const controller = new AbortController();
    const running = run(plan, { signal: controller.signal, connect: connectHeld });
    running.catch(() => undefined);
    await copying();
    const at = performance.now();
    controller.abort(new Error("cancelled"));
    await expect(running).rejects.toThrow("cancelled");
    expect(performance.now() - at).toBeLessThan(2_000);
    expect(await select(`select count(*)::int as n from pg_tables where tablename = '${table}'`)).toEqual([
      { n: 0 },
    ]);
  }, 60_000);
});
