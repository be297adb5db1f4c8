import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataError } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { nextDeadline } from "#lib/ir/index.ts";
import type { FileArrivalSchedule } from "#lib/ir/schema.ts";
import {
  getRunLog,
  getSchedule,
  type LookForFiles,
  lookTick,
  publishVersion,
  setScheduleEnabled,
  startScheduler,
  workRuns,
} from "#lib/runs/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { progress, status, until } from "#tests/run-kit.ts";
import { lookForFiles } from "./arrived-files.ts";
import { readTable } from "./read-table.ts";
import { runPipeline } from "./run-pipeline.ts";

const MINUTE = 60_000;

withDatabase("a schedule that waits for files", ({ database, testCtx }) => {
  let folder: string;
  let now: number;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "penstock-arrivals-"));
    now = Date.now();
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
    await database().db.schedule.updateMany({ data: { enabled: false } });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Only the tenant of a fresh install may read the system's temporary folder. */
  const demo = () => testCtx({ tenant: "t_demo" });
  const publish = async (
    ctx: Ctx,
    schedule: Partial<FileArrivalSchedule> = {},
    config: object = {},
    more: object = {},
  ) => {
    const table = `shop.${uniqueId("tab")}`;
    const pattern = { type: "glob", value: "*.csv" };
    const ir = {
      kind: "pipeline",
      version: "1.0",
      id: uniqueId("p").replace("_", "-"),
      metadata: { name: "P" },
      schedule: { kind: "file_arrival", everyMinutes: 5, ...schedule },
      nodes: [
        {
          id: "src",
          kind: "source",
          connector: "local_fs",
          config: { path: folder, pattern, ...config },
        },
        { id: "out", kind: "target", input: "src", schema: table, loadMode: "truncate", ...more },
      ],
    };
    const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
    // The clock of these tests goes its own way from here.
    now = Date.now();
    return { pipelineId, table };
  };
  /** A file that was changed last at the moment of these tests' clock. */
  const put = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    utimesSync(path.join(folder, name), new Date(now), new Date(now));
  };
  const look = async (minutes: number, by: LookForFiles = lookForFiles) => {
    now += minutes * MINUTE;
    await lookTick(database().db, by, new Date(now));
  };
  const runs = (ctx: Ctx, pipelineId: string) =>
    ctx.db.run.findMany({ where: { tenantId: ctx.tenant, pipelineId }, orderBy: { queuedAt: "asc" } });
  const arrival = async (ctx: Ctx, pipelineId: string) =>
    (await getSchedule({ ctx, input: { id: pipelineId } })).arrival;
  const work = async <T>(act: () => Promise<T>): Promise<T> => {
    const stop = await workRuns(runPipeline, { database: database() });
    return act().finally(stop);
  };

  test("schedule file_arrival: a file that came and stood still is loaded, once", async () => {
    const ctx = await demo();
    const { pipelineId, table } = await publish(ctx);
    await look(0);
    expect(await arrival(ctx, pipelineId)).toMatchObject({ place: `${folder}/*.csv`, moving: 0, last: null });
    put("a.csv", "id\n1\n2\n");
    await look(5);
    expect(await runs(ctx, pipelineId)).toEqual([]);
    expect(await arrival(ctx, pipelineId)).toMatchObject({ moving: 1, problem: null });
    // The second look comes a minute later, not five.
    await look(1);
    const [run, ...others] = await runs(ctx, pipelineId);
    expect(others).toEqual([]);
    expect(run).toMatchObject({ trigger: "schedule", scheduledFor: new Date(now) });
    await work(() => until(async () => (await status(ctx, run?.id ?? "")) === "completed"));
    expect(await readTable({ ctx, input: { table } })).toMatchObject({ total: 2 });
    for (const _ of [1, 2, 3]) await look(5);
    expect(await runs(ctx, pipelineId)).toHaveLength(1);
    const told = await getSchedule({ ctx, input: { id: pipelineId } });
    expect(told.description).toBe("when a file arrives, looked for every 5 minutes");
    expect(told).toMatchObject({ nextRuns: [], nextRunAt: null });
    expect(told.arrival?.last).toMatchObject({ count: 1, files: [{ path: `${folder}/a.csv`, bytes: 7 }] });
  });

  test("a half-written file is waited for, and a run reads only what stood still", async () => {
    const ctx = await demo();
    const { pipelineId, table } = await publish(ctx);
    put("whole.csv", "id\n1\n");
    put("growing.csv", "id\n2\n");
    await look(0);
    now += MINUTE;
    appendFileSync(path.join(folder, "growing.csv"), "3");
    await look(0);
    const [run] = await runs(ctx, pipelineId);
    await work(() => until(async () => (await status(ctx, run?.id ?? "")) === "completed"));
    expect((await readTable({ ctx, input: { table } })).rows).toEqual([{ id: "1" }]);
    await look(1);
    const [, second] = await runs(ctx, pipelineId);
    await work(() => until(async () => (await status(ctx, second?.id ?? "")) === "completed"));
    expect(await readTable({ ctx, input: { table } })).toMatchObject({ total: 3 });
  });

  test("a changed file is another one; one that is gone is forgotten; a waiting run takes on what comes", async () => {
    const ctx = await demo();
    const { pipelineId, table } = await publish(ctx);
    put("a.csv", "id\n1\n");
    await look(0);
    await look(1);
    expect(await runs(ctx, pipelineId)).toHaveLength(1);
    put("b.csv", "id\n2\n");
    await look(5);
    await look(1);
    // The first run has not begun: it reads both.
    const [run, ...others] = await runs(ctx, pipelineId);
    expect(others).toEqual([]);
    await work(() => until(async () => (await status(ctx, run?.id ?? "")) === "completed"));
    expect(await readTable({ ctx, input: { table } })).toMatchObject({ total: 2 });
    mkdirSync(path.join(folder, "done"));
    renameSync(path.join(folder, "a.csv"), path.join(folder, "done", "a.csv"));
    put("b.csv", "id\n2\n3\n");
    await look(5);
    await look(1);
    expect(await runs(ctx, pipelineId)).toHaveLength(2);
    renameSync(path.join(folder, "done", "a.csv"), path.join(folder, "a.csv"));
    await database().db.run.updateMany({ where: { pipelineId }, data: { status: "completed" } });
    await look(5);
    await look(1);
    expect(await runs(ctx, pipelineId)).toHaveLength(3);
  });

  test("files that a run moves away are no arrivals, and those that come next are", async () => {
    const ctx = await demo();
    for (const name of ["staging", "done", "failed"]) mkdirSync(path.join(folder, name));
    const at = (name: string) => path.join(folder, name);
    const atomicity = {
      stagingFolder: at("staging"),
      successFolder: at("done"),
      failureFolder: at("failed"),
    };
    const { pipelineId, table } = await publish(ctx, {}, { atomicity }, { loadMode: "append" });
    for (const id of [1, 2]) {
      put(`f${id}.csv`, `id\n${id}\n`);
      await look(5);
      await look(1);
      const run = (await runs(ctx, pipelineId)).at(-1);
      await work(() => until(async () => (await status(ctx, run?.id ?? "")) === "completed"));
      await look(5);
      await look(5);
    }
    expect(await runs(ctx, pipelineId)).toHaveLength(2);
    expect((await readTable({ ctx, input: { table } })).rows).toEqual([{ id: "1" }, { id: "2" }]);
  });

  test("any number of workers look, and one run comes of it", async () => {
    const ctx = await demo();
    const { pipelineId } = await publish(ctx);
    put("a.csv", "id\n1\n");
    for (const minutes of [0, 1, 1, 1]) {
      now += minutes * MINUTE;
      const ticks = Array.from({ length: 6 }, () => lookTick(database().db, lookForFiles, new Date(now)));
      await Promise.all(ticks);
    }
    expect(await runs(ctx, pipelineId)).toHaveLength(1);
  });

  test("a clock that goes back an hour starts nothing twice", async () => {
    const ctx = await demo();
    const { pipelineId } = await publish(ctx);
    put("a.csv", "id\n1\n");
    await look(0);
    await look(1);
    await look(-60);
    const row = await ctx.db.schedule.findUniqueOrThrow({ where: { pipelineId } });
    expect(row.nextRunAt?.getTime()).toBeGreaterThan(now);
    for (const _ of [1, 2, 3]) await look(25);
    expect(await runs(ctx, pipelineId)).toHaveLength(1);
  });

  const berlin = { time: "07:00", timezone: "Europe/Berlin" };
  /** The time of the deadline that comes next, and the clock a moment before it. */
  const beforeDeadline = async (ctx: Ctx, pipelineId: string, minutes: number) => {
    const { deadlineAt } = await ctx.db.schedule.findUniqueOrThrow({ where: { pipelineId } });
    now = (deadlineAt?.getTime() ?? 0) - minutes * MINUTE;
    return deadlineAt;
  };

  test("no file by the deadline is a failed run, once a day, and says why where nobody could look", async () => {
    const ctx = await demo();
    const { pipelineId } = await publish(ctx, { deadline: berlin });
    const first = await beforeDeadline(ctx, pipelineId, 3);
    expect(first).toEqual(
      nextDeadline({ kind: "file_arrival", everyMinutes: 5, deadline: berlin }, new Date()),
    );
    await look(0);
    // The look at the deadline itself comes before the regular one.
    await look(3);
    const [missed, ...others] = await runs(ctx, pipelineId);
    expect(others).toEqual([]);
    expect(missed).toMatchObject({
      status: "failed",
      scheduledFor: first,
      error: { code: "file_missed_deadline", message: expect.stringContaining("07:00 Europe/Berlin") },
    });
    const { nodes, finishedAt } = await progress(ctx, missed?.id ?? "");
    expect(finishedAt).not.toBeNull();
    expect(new Set(nodes.map((node) => node.status))).toEqual(new Set(["skipped"]));
    expect((await getRunLog({ ctx, input: { runId: missed?.id ?? "" } })).data).toMatchObject([
      { level: "error" },
    ]);
    for (const _ of [1, 2, 3]) await look(5);
    expect(await runs(ctx, pipelineId)).toHaveLength(1);
    await beforeDeadline(ctx, pipelineId, 0);
    await look(0, () => Promise.reject(new Error("down")));
    const [, second] = await runs(ctx, pipelineId);
    expect(second?.error).toMatchObject({ message: expect.stringContaining("the last look failed") });
    const audit = await ctx.db.auditLog.findMany({ where: { entityId: second?.id ?? "" } });
    expect(audit.map(({ action }) => action).sort()).toEqual(["run.finished", "run.requested"]);
  });

  test("a file keeps its deadline by the time at which it was written, however late the look", async () => {
    const ctx = await demo();
    const { pipelineId } = await publish(ctx, { deadline: berlin });
    await beforeDeadline(ctx, pipelineId, 1);
    put("a.csv", "id\n1\n");
    await look(120);
    await look(1);
    expect((await runs(ctx, pipelineId)).map((run) => run.status)).toEqual(["queued"]);
    await database().db.run.updateMany({ where: { pipelineId }, data: { status: "completed" } });
    // The next day's file comes a minute late: a failed run for the deadline, and a run for the file.
    await beforeDeadline(ctx, pipelineId, -1);
    put("b.csv", "id\n1\n");
    await look(1);
    await look(1);
    const late = await runs(ctx, pipelineId);
    expect(late.map((run) => run.status).sort()).toEqual(["completed", "failed", "queued"]);
  });

  test("a missed deadline may only be noted, and none is missed during a pause", async () => {
    const ctx = await demo();
    const { pipelineId } = await publish(ctx, { deadline: { ...berlin, onMiss: "skip" } });
    await beforeDeadline(ctx, pipelineId, 0);
    await look(0);
    expect(await runs(ctx, pipelineId)).toEqual([]);
    const told = await getSchedule({ ctx, input: { id: pipelineId } });
    expect(told.leftOut?.why).toContain("No file arrived by 07:00 Europe/Berlin");
    expect(told.description).toContain("by 07:00 Europe/Berlin, only noted if none is there");
    const paused = await setScheduleEnabled({ ctx, input: { id: pipelineId, enabled: false } });
    expect(paused.arrival).toMatchObject({ nextLookAt: null, deadlineAt: null });
    const resumed = await setScheduleEnabled({ ctx, input: { id: pipelineId, enabled: true } });
    expect(Date.parse(resumed.arrival?.deadlineAt ?? "")).toBeGreaterThan(Date.now());
  });

  test("a look that found out nothing says why, and forgets nothing", async () => {
    const ctx = await demo();
    const { pipelineId } = await publish(ctx);
    put("a.csv", "id\n1\n");
    await look(0);
    const failing: LookForFiles = () => Promise.reject(new DataError("unreachable", "Nobody is there"));
    await look(1, failing);
    const problem = { code: "unreachable", message: "Nobody is there" };
    expect(await arrival(ctx, pipelineId)).toMatchObject({ moving: 1, problem });
    expect(await runs(ctx, pipelineId)).toEqual([]);
    await look(5);
    expect(await arrival(ctx, pipelineId)).toMatchObject({ moving: 0, problem: null, last: { count: 1 } });
  });

  test("a source that does not answer holds up no other schedule", async () => {
    const [ctx, stuck] = [await demo(), await testCtx()];
    const slow = [];
    for (let n = 0; n < 6; n += 1) slow.push((await publish(stuck)).pipelineId);
    const { pipelineId } = await publish(ctx);
    let asked = 0;
    const by: LookForFiles = (request) => {
      if (request.ctx.tenant === ctx.tenant) return lookForFiles(request);
      asked += 1;
      return new Promise(() => undefined);
    };
    const stop = await startScheduler({ database: database(), look: by });
    await until(async () => (await arrival(ctx, pipelineId))?.lookedAt);
    // Of one tenant no more than four at once, so that it leaves room for others.
    expect(asked).toBe(4);
    await stop();
    const waiting = await stuck.db.schedule.findMany({ where: { pipelineId: { in: slow } } });
    expect(waiting.every(({ arrivals }) => !(arrivals as { lookedAt?: string }).lookedAt)).toBe(true);
  });
});
