import { spawn } from "node:child_process";
import { expect, test, vi } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { withDatabase } from "#tests/factories.ts";
import { draftIr, ordersIr } from "#tests/pipeline-documents.ts";
import { claim, claimed } from "#tests/run-kit.ts";
import { advanceBackfills } from "./advance-backfills.ts";
import type { Backfill } from "./backfill-schema.ts";
import { cancelBackfill } from "./cancel-backfill.ts";
import type { RunHandler } from "./claimed-run.ts";
import { createPipeline } from "./create-pipeline.ts";
import { finishRun } from "./finish-run.ts";
import { getBackfill, listBackfills } from "./get-backfill.ts";
import { removePipeline } from "./remove-pipeline.ts";
import { requestBackfill } from "./request-backfill.ts";
import { requestRun } from "./request-run.ts";
import { saveIr } from "./save-ir.ts";
import { startScheduler } from "./scheduler.ts";
import { workRuns } from "./work-runs.ts";

const daily = { kind: "cron", expression: "30 2 * * *", timezone: "Europe/Berlin" };
/** Five nights, the clock put forward in the third. */
const march = { from: "2026-03-27T00:00:00Z", to: "2026-03-31T23:00:00+02:00" };
const NIGHTS = ["27T01:30", "28T01:30", "29T01:30", "30T00:30", "31T00:30"].map(
  (night) => `2026-03-${night}:00.000Z`,
);

withDatabase("a backfill", ({ engine, database, testCtx }) => {
  const pipeline = async (ctx: Ctx, schedule: object | undefined = daily, id = "orders") =>
    (await createPipeline({ ctx, input: { irVersion: "1.0", ir: ordersIr(id, { schedule }) } })).id;
  const start = (ctx: Ctx, id: string, range: object = march, idempotencyKey?: string) =>
    requestBackfill({ ctx, input: { id, range, idempotencyKey } });
  const runs = (ctx: Ctx) =>
    ctx.db.run.findMany({ where: { tenantId: ctx.tenant }, orderBy: { scheduledFor: "asc" } });
  const read = (ctx: Ctx, { pipelineId: id, backfillId }: Backfill) =>
    getBackfill({ ctx, input: { id, backfillId } });
  /** Works on runs of every tenant of the database, as a server does, until `check` holds. */
  const workUntil = async (handler: RunHandler, check: () => Promise<unknown>) => {
    const stops = [await workRuns(handler, { database: database() })];
    stops.push(await startScheduler({ database: database() }));
    await vi.waitFor(async () => expect(await check()).toBeTruthy(), { timeout: 40_000, interval: 100 });
    for (const stop of stops) await stop();
  };
  /** Ends the run that waits for its turn. */
  const endCurrent = async (ctx: Ctx, trigger?: string) => {
    const where = { tenantId: ctx.tenant, status: "queued", trigger };
    const run = await ctx.db.run.findFirstOrThrow({ where });
    await finishRun(await claimed(ctx, run.id), { status: "completed" });
    return run;
  };
  const auditOf = async (ctx: Ctx) =>
    (
      await ctx.db.auditLog.findMany({
        where: { tenantId: ctx.tenant, action: { startsWith: "backfill." } },
        orderBy: { seq: "asc" },
      })
    ).map(({ action }) => action);

  test("makes one run for each time, one after another, and tells how far it is", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const asked = await start(ctx, id);
    expect(asked).toMatchObject({ status: "running", total: 5, left: 5, done: 0, existing: false });
    const times: (string | undefined)[] = [];
    let under = 0;
    let most = 0;
    await workUntil(
      async ({ run }) => {
        if (run.pipelineId !== id) return { status: "completed" };
        under += 1;
        most = Math.max(most, under);
        times.push(run.scheduledFor?.toISOString());
        await new Promise((resolve) => setImmediate(resolve));
        under -= 1;
        const second = times.length === 2;
        return second ? { status: "failed", error: { code: "x", message: "x" } } : { status: "completed" };
      },
      async () => (await read(ctx, asked)).status === "completed",
    );
    expect(times).toEqual(NIGHTS);
    expect(most).toBe(1);
    expect(await read(ctx, asked)).toMatchObject({
      done: 4,
      failed: 1,
      cancelled: 0,
      left: 0,
      current: null,
    });
    expect((await runs(ctx)).map(({ trigger }) => trigger)).toEqual(Array(5).fill("backfill"));
    expect(await auditOf(ctx)).toEqual(["backfill.requested", "backfill.finished"]);
    expect((await listBackfills({ ctx, input: { id } })).data).toMatchObject([
      { backfillId: asked.backfillId },
    ]);
  });

  test("gives way to every other run of the pipeline", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    await start(ctx, id);
    await advanceBackfills(database().db);
    await requestRun({ ctx, input: { pipelineId: id } });
    await endCurrent(ctx, "backfill");
    await advanceBackfills(database().db);
    expect(
      (await runs(ctx)).filter(({ status }) => status === "queued").map(({ trigger }) => trigger),
    ).toEqual(["manual"]);
    await endCurrent(ctx);
    await advanceBackfills(database().db);
    expect((await endCurrent(ctx)).scheduledFor?.toISOString()).toBe(NIGHTS[1]);
  });

  test("makes one run however many nodes advance it, and none twice after a crash in between", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const asked = await start(ctx, id);
    await Promise.all(Array.from({ length: 8 }, () => advanceBackfills(database().db)));
    expect(await runs(ctx)).toHaveLength(1);
    await endCurrent(ctx);
    // As if the count had been lost: the run's key says that its time is done.
    await ctx.db.backfill.update({ where: { id: asked.backfillId }, data: { made: 0 } });
    await advanceBackfills(database().db);
    await advanceBackfills(database().db);
    expect((await runs(ctx)).map((run) => run.scheduledFor?.toISOString())).toEqual(NIGHTS.slice(0, 2));
  });

  test("stops when it is cancelled: the rest gets no run, a run under way is asked to stop", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const asked = await start(ctx, id);
    await advanceBackfills(database().db);
    await endCurrent(ctx);
    await advanceBackfills(database().db);
    const under = await ctx.db.run.findFirstOrThrow({ where: { tenantId: ctx.tenant, status: "queued" } });
    await claim(ctx, under.id);
    const input = { id, backfillId: asked.backfillId };
    expect(await cancelBackfill({ ctx, input })).toMatchObject({
      status: "cancelled",
      done: 1,
      cancelled: 3,
      left: 1,
    });
    expect(await ctx.db.run.findUnique({ where: { id: under.id } })).toMatchObject({
      status: "running",
      cancelRequestedAt: expect.any(Date),
    });
    await advanceBackfills(database().db);
    await cancelBackfill({ ctx, input });
    expect(await runs(ctx)).toHaveLength(2);
    expect(await auditOf(ctx)).toEqual(["backfill.requested", "backfill.cancelled"]);
    // The pipeline is free for another one.
    expect(await start(ctx, id)).toMatchObject({ existing: false });
  });

  test("is refused with the reason, and asked for twice is one", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const ahead = { from: march.from, to: new Date(Date.now() + 3_600_000).toISOString() };
    await expect(start(ctx, id, ahead)).rejects.toMatchObject({ code: "bad_request" });
    await expect(start(ctx, id, { ...march, stepMinutes: 1 })).rejects.toThrow(/holds \d+ times/);
    await expect(start(ctx, id, { from: march.to, to: march.from })).rejects.toThrow(/before from/);
    const first = await start(ctx, id, march, "one");
    expect(await start(ctx, id, march, "one")).toMatchObject({
      backfillId: first.backfillId,
      existing: true,
    });
    await expect(start(ctx, id)).rejects.toMatchObject({ code: "conflict" });
    expect(await ctx.db.backfill.count({ where: { tenantId: ctx.tenant } })).toBe(1);
  });

  test("waits while the version is a draft, goes on with the next one, and ends with the pipeline", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const asked = await start(ctx, id);
    await saveIr({ ctx, input: { id, ifMatch: null, ir: draftIr("orders"), baseVersion: 1 } });
    await advanceBackfills(database().db);
    expect(await runs(ctx)).toEqual([]);
    expect((await read(ctx, asked)).waitsFor).toContain("draft");
    await saveIr({ ctx, input: { id, ifMatch: null, ir: ordersIr("orders"), baseVersion: 2 } });
    await advanceBackfills(database().db);
    expect(await runs(ctx)).toMatchObject([{ pipelineVersion: 3 }]);
    await removePipeline({ ctx, input: { id } });
    expect(await ctx.db.backfill.findFirst({ where: { tenantId: ctx.tenant } })).toMatchObject({
      status: "cancelled",
      activeFor: null,
    });
  });

  test.runIf(engine === "postgres")("goes on where a killed worker left it", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const asked = await start(ctx, id);
    const url = database().pool.options.connectionString ?? "";
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "tests/backfill-worker.ts", url],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const exited = new Promise((resolve) => child.once("exit", resolve));
    let told = "";
    child.stdout.on("data", (chunk) => {
      told += String(chunk);
      if (told.split("took").length > 2) child.kill("SIGKILL");
    });
    await exited;
    await workUntil(
      async () => ({ status: "completed" }),
      async () => (await read(ctx, asked)).status === "completed",
    );
    expect((await runs(ctx)).map((run) => run.scheduledFor?.toISOString())).toEqual(NIGHTS);
    expect(await read(ctx, asked)).toMatchObject({ total: 5, done: 5, failed: 0 });
  });
});
