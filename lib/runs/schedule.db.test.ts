import { expect, test, vi } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { withDatabase } from "#tests/factories.ts";
import { ordersIr } from "#tests/pipeline-documents.ts";
import { claimRun } from "./claim-run.ts";
import { createPipeline } from "./create-pipeline.ts";
import { finishRun } from "./finish-run.ts";
import { getSchedule } from "./get-schedule.ts";
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
    expect(await runs(ctx)).toHaveLength(1);
    expect(await nextOf(ctx, id)).toEqual(new Date(missed.getTime() + 65 * 60_000));
    expect(await ctx.db.schedule.findFirst({ where: { pipelineId: id } })).toMatchObject({
      lastRunAt: missed,
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

  test.each([
    // The night the clock jumps from 02:00 to 03:00, and the one in which 02:30 comes twice.
    ["2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"],
    ["2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
  ])("runs a daily 02:30 in Berlin once in the night after %s", async (evening, night, dayAfter) => {
    const ctx = await testCtx();
    const daily = { kind: "cron", expression: "30 2 * * *", timezone: "Europe/Berlin" };
    const id = await pipeline(ctx, daily);
    await due(ctx, id, new Date(night));
    const only = async (now: Date) => {
      await ctx.db.schedule.updateMany({
        where: { tenantId: { not: ctx.tenant } },
        data: { enabled: false },
      });
      await scheduleTick(database().db, now);
    };
    const started: string[] = [];
    for (let time = Date.parse(evening); time <= Date.parse(night) + 3 * 3_600_000; time += 15 * 60_000) {
      await only(new Date(time));
      const [run] = await ctx.db.run.findMany({ where: { tenantId: ctx.tenant, status: "queued" } });
      if (!run) continue;
      started.push(new Date(time).toISOString());
      await ctx.db.run.update({ where: { id: run.id }, data: { status: "completed" } });
    }
    expect(started).toEqual([new Date(night).toISOString()]);
    expect(await nextOf(ctx, id)).toEqual(new Date(dayAfter));
  });

  test("ticks by itself while the scheduler is on", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, five);
    const stop = await startScheduler({ database: database() });
    await due(ctx, id, minutesAgo(1));
    await vi.waitFor(async () => expect(await runs(ctx)).toHaveLength(1), 5_000);
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
