import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { capabilities } from "#lib/ir/index.ts";
import {
  getBackfill,
  publishVersion,
  requestBackfill,
  requestRun,
  scheduleTick,
  startScheduler,
  workRuns,
} from "#lib/runs/index.ts";
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
      .filter((line) => /^hook postgres: |^load_mode (?!cdc_mirror)/.test(line));
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
    [
      "schedule rrule",
      { kind: "rrule", rrule: "FREQ=WEEKLY;BYDAY=MO;BYHOUR=6;BYMINUTE=0", timezone: "Europe/Berlin" },
    ],
    [
      "config_key schedule.onMissed:once",
      { kind: "interval", minutes: 5, onMissed: "once", overlap: "queue" },
    ],
    [
      "config_key schedule.onMissed:skip",
      { kind: "interval", minutes: 5, onMissed: "skip", overlap: "skip" },
    ],
    ["config_key schedule.onMissed:all", { kind: "interval", minutes: 5, onMissed: "all" }],
  ])("%s: a due pipeline runs by itself, and the next time is set", async (_line, schedule) => {
    const ctx = await demo();
    writeFileSync(path.join(folder, "a.csv"), "id\n1\n2\n");
    const table = `shop.${uniqueId("tab")}`;
    const pipelineId = await publish(ctx, document(table, { schedule }));
    const due = new Date(Date.now() - 5_000);
    await ctx.db.schedule.update({ where: { pipelineId }, data: { nextRunAt: due } });
    await scheduleTick(database().db);
    const { id, trigger } = await ctx.db.run.findFirstOrThrow({ where: { pipelineId } });
    expect(trigger).toBe("schedule");
    await until(async () => (await status(ctx, id)) === "completed");
    expect(await readTable({ ctx, input: { table } })).toMatchObject({ total: 2 });
    const { nextRunAt } = await ctx.db.schedule.findUniqueOrThrow({ where: { pipelineId } });
    expect(nextRunAt?.getTime()).toBeGreaterThan(Date.now());
  });

  test("a date template takes the date of the time that a run stands for", async () => {
    const ctx = await demo();
    const table = `shop.${uniqueId("tab")}`;
    const made = document(table, {
      schedule: { kind: "cron", expression: "30 23 * * *", timezone: "Europe/Berlin" },
    });
    const pattern = { type: "date_template", value: "sales_{YYYY-MM-DD}.csv", timezone: "Europe/Berlin" };
    const [source, ...nodes] = made.nodes as { config: object }[];
    const ir = {
      ...made,
      nodes: [{ ...source, config: { ...source?.config, path: folder, pattern } }, ...nodes],
    };
    for (const day of ["03-28", "03-29", "03-30", "03-31"])
      writeFileSync(path.join(folder, `sales_2026-${day}.csv`), `id\n${Number(day.slice(-2))}\n`);
    const pipelineId = await publish(ctx, ir);
    await ctx.db.schedule.update({
      where: { pipelineId },
      data: { nextRunAt: new Date("2026-03-28T22:30:00Z") },
    });
    // 00:10 of the next day by the clock: the run is late, and stands for the day before.
    await scheduleTick(database().db, new Date("2026-03-28T23:10:00Z"));
    const late = await ctx.db.run.findFirstOrThrow({ where: { pipelineId } });
    await until(async () => (await status(ctx, late.id)) === "completed");
    expect((await readTable({ ctx, input: { table } })).rows).toEqual([{ id: 28 }]);
    await ctx.db.schedule.update({ where: { pipelineId }, data: { enabled: false } });

    const stopScheduler = await startScheduler({ database: database() });
    const range = { from: "2026-03-29T00:00:00+01:00", to: "2026-03-31T23:59:00+02:00" };
    const { backfillId } = await requestBackfill({ ctx, input: { id: pipelineId, range } });
    const read = () => getBackfill({ ctx, input: { id: pipelineId, backfillId } });
    await until(async () => (await read()).status === "completed");
    await stopScheduler();
    expect(await read()).toMatchObject({ total: 3, done: 3, failed: 0 });
    const { rows } = await readTable({ ctx, input: { table } });
    expect(rows.map((row) => row.id)).toEqual([28, 29, 30, 31]);
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
