import { expect, test, vi } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { nextRuns } from "#lib/ir/index.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import { log } from "#lib/log.ts";
import { withDatabase } from "#tests/factories.ts";
import { ordersIr } from "#tests/pipeline-documents.ts";
import { claimRun } from "./claim-run.ts";
import { createPipeline } from "./create-pipeline.ts";
import { finishRun } from "./finish-run.ts";
import { getSchedule } from "./get-schedule.ts";
import { saveIr } from "./save-ir.ts";
import { scheduleTick } from "./schedule-tick.ts";
import { startScheduler } from "./scheduler.ts";
import { setScheduleEnabled } from "./set-schedule-enabled.ts";

withDatabase("the schedule tick", ({ database, testCtx }) => {
  const pipeline = async (ctx: Ctx, schedule: object, id = "orders") =>
    (await createPipeline({ ctx, input: { irVersion: "1.0", ir: ordersIr(id, { schedule }) } })).id;
  const runs = (ctx: Ctx) =>
    ctx.db.run.findMany({ where: { tenantId: ctx.tenant }, orderBy: { queuedAt: "asc" } });
  const due = (ctx: Ctx, pipelineId: string, nextRunAt: Date) =>
    ctx.db.schedule.update({ where: { pipelineId }, data: { nextRunAt } });
  const five = { kind: "interval", minutes: 5 };
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  /** Other tests' schedules, in the same database, are nobody's business here. */
  const nextOf = async (ctx: Ctx, pipelineId: string) =>
    (await ctx.db.schedule.findFirstOrThrow({ where: { pipelineId } })).nextRunAt;

  test("starts what is due, in the product's name, once however many ticks there are", async () => {
    const ctx = await testCtx();
    const ids = [];
    for (let n = 0; n < 5; n += 1) ids.push(await pipeline(ctx, five, `p${n}`));
    for (const id of ids) await due(ctx, id, minutesAgo(1));
    const { db } = database();
    await Promise.all(Array.from({ length: 8 }, () => scheduleTick(db)));
    const queued = await runs(ctx);
    expect(queued.map(({ pipelineId }) => pipelineId).sort()).toEqual([...ids].sort());
    expect(queued[0]).toMatchObject({ trigger: "schedule", requestedBy: "system", status: "queued" });
    const audit = await db.auditLog.findMany({ where: { tenantId: ctx.tenant, action: "run.requested" } });
    expect(audit).toHaveLength(5);
  });

  test("makes up for many missed times with one run, and keeps the beat", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, five);
    const missed = minutesAgo(62);
    await due(ctx, id, missed);
    await scheduleTick(database().db);
    const latest = new Date(missed.getTime() + 60 * 60_000);
    expect(await runs(ctx)).toMatchObject([{ scheduledFor: latest }]);
    expect(await nextOf(ctx, id)).toEqual(new Date(missed.getTime() + 65 * 60_000));
    expect(await ctx.db.schedule.findFirst({ where: { pipelineId: id } })).toMatchObject({
      lastRunAt: latest,
    });
  });

  test("does not pile up runs that have not begun, and goes on when they have", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, five);
    for (const minutes of [9, 8]) {
      await due(ctx, id, minutesAgo(minutes));
      await scheduleTick(database().db);
    }
    const [first, ...others] = await runs(ctx);
    expect(others).toEqual([]);
    const job = { tenantId: ctx.tenant, runId: first?.id ?? "" };
    const claimed = await claimRun(job, { db: ctx.db, signal: new AbortController().signal });
    if (claimed) await finishRun(claimed, { status: "completed" });
    await due(ctx, id, minutesAgo(7));
    await scheduleTick(database().db);
    expect(await runs(ctx)).toHaveLength(2);
  });

  test("never starts one due time twice, even if the row is set back", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, five);
    const time = minutesAgo(3);
    await due(ctx, id, time);
    await scheduleTick(database().db);
    await ctx.db.run.updateMany({ where: { tenantId: ctx.tenant }, data: { status: "completed" } });
    await due(ctx, id, time);
    await scheduleTick(database().db);
    expect(await runs(ctx)).toHaveLength(1);
  });

  test("leaves a paused schedule alone and does not catch up on resuming", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, five);
    await due(ctx, id, minutesAgo(3));
    await setScheduleEnabled({ ctx, input: { id, enabled: false } });
    await scheduleTick(database().db);
    await setScheduleEnabled({ ctx, input: { id, enabled: true } });
    await scheduleTick(database().db);
    expect(await runs(ctx)).toEqual([]);
    expect((await nextOf(ctx, id))?.getTime()).toBeGreaterThan(Date.now());
  });

  test("gives each missed time its run, oldest first, and tells of those beyond the most that may wait", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, { kind: "interval", minutes: 1, onMissed: "all" });
    const missed = minutesAgo(130.5);
    await due(ctx, id, missed);
    await Promise.all([scheduleTick(database().db), scheduleTick(database().db)]);
    const order = { orderBy: { scheduledFor: "asc" } } as const;
    const queued = await ctx.db.run.findMany({ where: { tenantId: ctx.tenant }, ...order });
    expect(queued.map(({ scheduledFor }) => scheduledFor?.getTime())).toEqual(
      Array.from({ length: 100 }, (_, at) => missed.getTime() + at * 60_000),
    );
    const told = await ctx.db.runLog.findMany({ where: { tenantId: ctx.tenant } });
    expect(told).toMatchObject([
      { runId: queued.at(-1)?.id, message: expect.stringContaining("get no run") },
    ]);
    const shown = await getSchedule({ ctx, input: { id } });
    expect(shown.leftOut).toEqual({
      at: new Date(missed.getTime() + 130 * 60_000).toISOString(),
      why: told[0]?.message,
    });
    expect(shown.description).toBe("every minute; each missed run is made up for");
  });

  test("leaves out what was missed, where the schedule says so", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, { ...five, onMissed: "skip" });
    await due(ctx, id, minutesAgo(63));
    await scheduleTick(database().db);
    expect(await runs(ctx)).toEqual([]);
    expect((await nextOf(ctx, id))?.getTime()).toBeGreaterThan(Date.now());
    expect((await getSchedule({ ctx, input: { id } })).leftOut?.why).toContain("No worker");
    await due(ctx, id, minutesAgo(0.1));
    await scheduleTick(database().db);
    expect(await runs(ctx)).toHaveLength(1);
  });

  test("leaves out a time that comes while a run is under way, or queues one behind it", async () => {
    const ctx = await testCtx();
    const ids = [await pipeline(ctx, { ...five, overlap: "skip" }, "a"), await pipeline(ctx, five, "b")];
    for (const id of ids) await due(ctx, id, minutesAgo(9));
    await scheduleTick(database().db);
    for (const { id: runId } of await runs(ctx))
      await claimRun({ tenantId: ctx.tenant, runId }, { db: ctx.db, signal: new AbortController().signal });
    for (const id of ids) await due(ctx, id, minutesAgo(4));
    await scheduleTick(database().db);
    const counts = ids.map(async (pipelineId) => ctx.db.run.count({ where: { pipelineId } }));
    expect(await Promise.all(counts)).toEqual([1, 2]);
    expect((await getSchedule({ ctx, input: { id: ids[0] ?? "" } })).leftOut?.why).toContain("under way");
  });

  test("keeps its next time when only what it says of missed runs is changed", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, five);
    const soon = new Date(Date.now() + 77_000);
    await due(ctx, id, soon);
    const ir = ordersIr("orders", { schedule: { ...five, onMissed: "all" } });
    await saveIr({ ctx, input: { id, ifMatch: null, ir, baseVersion: 1 } });
    expect(await nextOf(ctx, id)).toEqual(soon);
  });

  const [berlin, newYork] = ["Europe/Berlin", "America/New_York"];
  const cron = (expression: string, timezone: string) => ({ kind: "cron", expression, timezone });
  const rrule = (rule: string, timezone: string) => ({ kind: "rrule", rrule: rule, timezone });
  const nightly = "FREQ=DAILY;BYHOUR=2;BYMINUTE=30";
  /** Nights in which the clock is changed: from when on, and all times of the next 27 hours. */
  const NIGHTS: [string, { kind: string; minutes?: number }, string, string[]][] = [
    // 02:00 becomes 03:00: half past two is a moment later, once.
    ["Berlin, spring, cron", cron("30 2 * * *", berlin), "2026-03-28T12:00Z", ["2026-03-29T01:30"]],
    ["Berlin, spring, rrule", rrule(nightly, berlin), "2026-03-28T12:00Z", ["2026-03-29T01:30"]],
    ["New York, spring, cron", cron("30 2 * * *", newYork), "2026-03-07T18:00Z", ["2026-03-08T07:30"]],
    ["New York, spring, rrule", rrule(nightly, newYork), "2026-03-07T18:00Z", ["2026-03-08T07:30"]],
    // 02:30 (in New York 01:30) comes twice: the first counts.
    ["Berlin, autumn, cron", cron("30 2 * * *", berlin), "2026-10-24T12:00Z", ["2026-10-25T00:30"]],
    ["Berlin, autumn, rrule", rrule(nightly, berlin), "2026-10-24T12:00Z", ["2026-10-25T00:30"]],
    ["New York, autumn, cron", cron("30 1 * * *", newYork), "2026-10-31T18:00Z", ["2026-11-01T05:30"]],
    [
      "New York, autumn, rrule",
      rrule("FREQ=DAILY;BYHOUR=1;BYMINUTE=30", newYork),
      "2026-10-31T18:00Z",
      ["2026-11-01T05:30"],
    ],
    // Minutes that have passed, whatever the clock on the wall says.
    ...(["2026-03-29T00:00Z", "2026-10-25T00:00Z", "2026-03-08T06:00Z", "2026-11-01T05:00Z"] as const).map(
      (from): [string, { kind: string; minutes?: number }, string, string[]] => [
        `an interval, from ${from}`,
        { kind: "interval", minutes: 360 },
        from,
        [6, 12, 18, 24].map((hours) =>
          new Date(Date.parse(from) + hours * 3_600_000).toISOString().slice(0, 16),
        ),
      ],
    ),
  ];
  test.each(NIGHTS)(
    "keeps the beat over a changed clock, which then goes back: %s",
    async (_, schedule, from, all) => {
      const ctx = await testCtx();
      const id = await pipeline(ctx, schedule);
      const begin = Date.parse(from);
      await due(ctx, id, nextRuns(schedule as Schedule, new Date(begin), 1)[0] as Date);
      const others = { where: { tenantId: { not: ctx.tenant } }, data: { enabled: false } };
      await ctx.db.schedule.updateMany(others);
      const tick = async (time: number) => {
        await scheduleTick(database().db, new Date(time));
        await ctx.db.run.updateMany({ where: { pipelineId: id }, data: { status: "completed" } });
      };
      const QUARTER = 15 * 60_000;
      const HOURS = 27 * 3_600_000;
      for (let time = begin; time <= begin + HOURS; time += QUARTER) {
        await tick(time);
        // The clock is put back by an hour and comes again; the schedule is saved anew meanwhile, as after an edit.
        if ((time - begin) % (4 * QUARTER) !== 0) continue;
        const back = new Date(time - 4 * QUARTER);
        if (schedule.kind !== "interval")
          await due(ctx, id, nextRuns(schedule as Schedule, back, 1)[0] as Date);
        for (let again = back.getTime(); again <= time; again += QUARTER) await tick(again);
      }
      const stood = await ctx.db.run.findMany({
        where: { pipelineId: id },
        orderBy: { scheduledFor: "asc" },
      });
      expect(stood.map((run) => run.scheduledFor?.toISOString().slice(0, 16))).toEqual(all);
    },
  );

  test("starts nothing twice where the clock goes back an hour while nodes tick", async () => {
    const ctx = await testCtx();
    const ids = [];
    for (let n = 0; n < 6; n += 1) ids.push(await pipeline(ctx, cron("*/10 * * * *", berlin), `p${n}`));
    const begin = Math.ceil(Date.now() / 600_000) * 600_000;
    for (const id of ids) await due(ctx, id, new Date(begin));
    const clocks = [0, -60, 0, -60, 5, -55, 0, -60].map((minutes) => new Date(begin + minutes * 60_000));
    await Promise.all(clocks.map((now) => scheduleTick(database().db, now)));
    // As if the row had been written by a node whose clock has gone back already.
    for (const id of ids) await due(ctx, id, new Date(begin));
    await Promise.all(clocks.map((now) => scheduleTick(database().db, now)));
    const started = await runs(ctx);
    expect(started.map(({ pipelineId }) => pipelineId).sort()).toEqual([...ids].sort());
    expect(new Set(started.map(({ scheduledFor }) => scheduledFor?.getTime()))).toEqual(new Set([begin]));
  });

  test.each([
    ["the leap second of 2016", "2016-12-31T23:58:30Z"],
    ["the leap second of 2015", "2015-06-30T23:58:30Z"],
  ])("counts each minute once over %s", async (_, from) => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, cron("* * * * *", "UTC"));
    await ctx.db.schedule.updateMany({
      where: { tenantId: { not: ctx.tenant } },
      data: { enabled: false },
    });
    const begin = Date.parse(from);
    await due(ctx, id, new Date(begin + 30_000));
    // A clock that holds the last second twice, as clocks do that know no 23:59:60.
    const seconds = [...Array.from({ length: 91 }, (_, at) => at), 89, 90, 91, 92, 150, 151];
    for (const second of seconds) {
      await scheduleTick(database().db, new Date(begin + second * 1_000));
      await ctx.db.run.updateMany({ where: { pipelineId: id }, data: { status: "completed" } });
    }
    const stood = (await runs(ctx)).map((run) => run.scheduledFor?.getTime() ?? 0).sort();
    expect(stood).toEqual([30, 90, 150].map((second) => begin + second * 1_000));
  });

  test("starts what it can where one schedule cannot be worked out", async () => {
    const ctx = await testCtx();
    const [broken, sound] = [await pipeline(ctx, five, "broken"), await pipeline(ctx, five, "sound")];
    const spec = { kind: "cron", expression: "no cron at all" };
    await ctx.db.schedule.update({ where: { pipelineId: broken }, data: { spec, nextRunAt: minutesAgo(9) } });
    await due(ctx, sound, minutesAgo(1));
    const silenced = vi.spyOn(log, "error").mockImplementation(() => undefined);
    await scheduleTick(database().db);
    expect(silenced).toHaveBeenCalledOnce();
    silenced.mockRestore();
    expect((await runs(ctx)).map(({ pipelineId }) => pipelineId)).toEqual([sound]);
    const shown = await ctx.db.schedule.findFirstOrThrow({ where: { pipelineId: broken } });
    expect(shown).toMatchObject({
      nextRunAt: null,
      leftOut: expect.stringContaining("could not be worked out"),
    });
  });

  test("starts a due recurrence once, however many nodes tick", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, rrule("FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=6;BYMINUTE=0", berlin));
    const time = nextRuns(rrule(nightly, berlin) as Schedule, minutesAgo(2 * 1440), 1)[0] as Date;
    await due(ctx, id, time);
    await Promise.all(Array.from({ length: 8 }, () => scheduleTick(database().db)));
    expect(await runs(ctx)).toHaveLength(1);
    expect((await nextOf(ctx, id))?.getTime()).toBeGreaterThan(Date.now());
    const shown = await getSchedule({ ctx, input: { id } });
    expect(shown.description).toMatch(/^every week on Monday, Thursday at 6 .*Europe\/Berlin$/);
    expect(shown.nextRunsInWords).toHaveLength(3);
    for (const words of shown.nextRunsInWords)
      expect(words).toMatch(/^(Mon|Thu).* 06:00 (CET|CEST|GMT\+[12])$/);
  });

  test("ticks by itself while the scheduler is on", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, five);
    const stop = await startScheduler({ database: database() });
    await due(ctx, id, minutesAgo(1));
    await expect.poll(() => runs(ctx)).toHaveLength(1);
    await stop();
  });

  test("says in words when it runs next", async () => {
    const ctx = await testCtx();
    const daily = { kind: "cron", expression: "0 6 * * *", timezone: "Europe/Berlin" };
    const id = await pipeline(ctx, daily);
    const shown = await getSchedule({ ctx, input: { id } });
    expect(shown.description).toContain("06:00");
    expect(shown.nextRuns).toHaveLength(3);
    for (const words of shown.nextRunsInWords) expect(words).toMatch(/06:00/);
    expect(new Set(shown.nextRuns).size).toBe(3);
  });
});
