import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { capabilities } from "#lib/ir/index.ts";
import { publishVersion, requestRun, scheduleTick, workRuns } from "#lib/runs/index.ts";
import { expectBeginAgain } from "#tests/capabilities/begin-again.ts";
import type { CapabilityCase } from "#tests/capabilities/case.ts";
import { checkCases } from "#tests/capabilities/checks.ts";
import { loadCases } from "#tests/capabilities/loads.ts";
import { nodeCases } from "#tests/capabilities/nodes.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { type IrNode, openPlanLab, type PlanLab } from "#tests/plan-kit.ts";
import { progress, status, until } from "#tests/run-kit.ts";
import { readTable } from "./read-table.ts";
import { runPipeline } from "./run-pipeline.ts";

const url = inject("postgresUrl") ?? "";
const cases: CapabilityCase[] = [...loadCases("postgres"), ...nodeCases, ...checkCases];

describe.skipIf(!url)("the capability table is true of a PostgreSQL destination", () => {
  let lab: PlanLab;
  beforeAll(() => {
    lab = openPlanLab(url);
  });
  afterAll(() => lab.close());

  it("loads a target once, however often its run begins again", () => expectBeginAgain(lab));

  it("has a case for every line that names it", () => {
    const lines = capabilities
      .filter(({ executable }) => executable)
      .map(({ kind, name }) => `${kind} ${name}`)
      .filter((line) => /^hook postgres: |: local_fs → postgres$/.test(line));
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => !cases.some((one) => one.line === line))).toEqual([]);
  });

  it.each(cases.map((one) => [one.line, one.title, one] as const))("%s: %s", (_line, _title, one) =>
    one.run(lab),
  );

  it.each<[string, IrNode[], IrNode?]>([
    ["as it is", []],
    [
      "after a check of all of it",
      [{ id: "v", kind: "validate", input: "src", datasetLevel: { rowCount: { min: 1 } } }],
    ],
    ["upsert", [], { loadMode: "upsert", upsertKey: ["id"] }],
  ])("a value of every type arrives, %s", async (_title, middle, more = {}) => {
    const table = lab.table();
    const ran = await lab.run([
      lab.csv(
        'id,i,s,n,f,b,d,t,ts,tz,u,j,x,v\n1,-5,7,12345678901234567890.12,1e-3,false,0001-01-01,23:59:59.999999,2024-01-02 03:04:05.123456,2024-01-02T03:04:05+02:00,6f9619ff-8b86-d011-b42d-00cf4fc964ff,"{""a"":""\\u00e9\\\\"",""b"":[1,null]}",raw\\x,"back\\slash, ""q""\ttab\nline"\n2,,,,,,,,,,,,,\n',
        [
          "id bigint",
          "i integer",
          "s smallint",
          "n decimal(22,2)",
          "f double",
          "b boolean",
          "d date",
          "t time",
          "ts timestamp",
          "tz timestamptz",
          "u uuid",
          "j json",
          "x binary",
          "v string",
        ],
      ),
      ...middle,
      lab.target(middle.length > 0 ? "v" : "src", table, more),
    ]);
    expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, read: 2, loaded: 2 } });
    const text = "i,s,n,f,b,d,t,ts,u,j,v".split(",").map((name) => `${name}::text as ${name}`);
    const [first, second] = await lab.query(
      `select id, ${text.join(", ")}, extract(epoch from tz)::text as tz, encode(x, 'escape') as x from ${table} order by id`,
    );
    expect(first).toEqual({
      id: "1",
      i: "-5",
      s: "7",
      n: "12345678901234567890.12",
      f: "0.001",
      b: "false",
      d: "0001-01-01",
      t: "23:59:59.999999",
      ts: "2024-01-02 03:04:05.123456",
      u: "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
      j: '{"a": "é\\\\", "b": [1, null]}',
      v: 'back\\slash, "q"\ttab\nline',
      tz: "1704157445.000000",
      x: "raw\\\\x",
    });
    expect(Object.values(second ?? {}).filter((value) => value !== null)).toEqual(["2"]);
  });
});

withDatabase("the capability table is true of schedules and retries", ({ database, testCtx }) => {
  let folder: string;
  let stop: () => Promise<void>;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
    stop = await workRuns(runPipeline, { database: database() });
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Only the tenant of a fresh install may read the system's temporary folder. */
  const demo = () => testCtx({ tenant: "t_demo" });
  const document = (table: string, more: object) => ({
    kind: "pipeline",
    version: "1.0",
    id: uniqueId("p").replace("_", "-"),
    metadata: { name: "P" },
    nodes: [
      {
        id: "src",
        kind: "source",
        connector: "local_fs",
        config: {
          path: path.join(folder, "a.csv"),
          format: { type: "csv", columns: [{ name: "id", type: "integer" }] },
        },
      },
      { id: "out", kind: "target", input: "src", schema: table, loadMode: "append" },
    ],
    ...more,
  });
  const publish = async (ctx: Ctx, ir: object) =>
    (await publishVersion({ ctx, input: { ir: ir as Record<string, unknown>, origin: "created" } }))
      .pipelineId;

  test.each([
    ["schedule cron", { kind: "cron", expression: "0 6 * * *", timezone: "Europe/Berlin" }],
    ["schedule interval", { kind: "interval", minutes: 5 }],
  ])("%s: a due pipeline runs by itself, and the next time is set", async (_line, schedule) => {
    const ctx = await demo();
    writeFileSync(path.join(folder, "a.csv"), "id\n1\n2\n");
    const table = `shop.${uniqueId("tab")}`;
    const pipelineId = await publish(ctx, document(table, { schedule }));
    const due = new Date(Date.now() - 60_000);
    await ctx.db.schedule.update({ where: { pipelineId }, data: { nextRunAt: due } });
    await scheduleTick(database().db);
    const { id, trigger } = await ctx.db.run.findFirstOrThrow({ where: { pipelineId } });
    expect(trigger).toBe("schedule");
    await until(async () => (await status(ctx, id)) === "completed");
    expect(await readTable({ ctx, input: { table } })).toMatchObject({ total: 2 });
    const { nextRunAt } = await ctx.db.schedule.findUniqueOrThrow({ where: { pipelineId } });
    expect(nextRunAt?.getTime()).toBeGreaterThan(Date.now());
  });

  test("config_key errorHandling.retry: what may pass is tried again, wrong data is not", async () => {
    const ctx = await demo();
    const retry = { errorHandling: { retry: { maxAttempts: 3, backoff: "fixed" }, dlq: { enabled: false } } };
    const table = `shop.${uniqueId("tab")}`;
    const pipelineId = await publish(ctx, document(table, retry));
    const { runId } = await requestRun({ ctx, input: { pipelineId } });
    await until(async () => (await progress(ctx, runId)).retryAt !== null);
    expect(await progress(ctx, runId)).toMatchObject({ status: "queued", error: { code: "file_not_found" } });
    writeFileSync(path.join(folder, "a.csv"), "id\n1\n2\n");
    await ctx.db.run.update({ where: { id: runId }, data: { retryAt: new Date() } });
    await until(async () => (await status(ctx, runId)) === "completed");
    expect(await progress(ctx, runId)).toMatchObject({ attempt: 2, rowsOut: 2, ledger: { balanced: true } });

    for (const [content, code] of [
      ["id\n1\nx\n", "row_failed"],
      ["id\n1,2\n", "ragged_row"],
      ["", "empty_file"],
    ] as const) {
      writeFileSync(path.join(folder, "a.csv"), content);
      const second = await requestRun({ ctx, input: { pipelineId } });
      await until(async () => (await status(ctx, second.runId)) === "failed");
      expect(await progress(ctx, second.runId)).toMatchObject({ attempt: 1, error: { code } });
    }
  });
});
