import { afterEach, beforeEach, expect, test } from "vitest";
import { withDatabase } from "#tests/factories.ts";
import { ordersIr } from "#tests/pipeline-documents.ts";
import { claim, claimed, pipeline, progress, request, status, until, waitForStop } from "#tests/run-kit.ts";
import { cancelRun } from "./cancel-run.ts";
import type { RunHandler, RunOutcome } from "./claimed-run.ts";
import { finishRun } from "./finish-run.ts";
import { getRunLog } from "./get-run-log.ts";
import { listPipelineOverviews } from "./list-pipeline-overviews.ts";
import { listRuns } from "./list-runs.ts";
import { openQueue, QUEUE, recoverLost } from "./queue.ts";
import { appendLog, recordProgress } from "./record-progress.ts";
import { stopReason } from "./stop-reason.ts";
import { workRuns } from "./work-runs.ts";

const done: RunOutcome = { status: "completed", rowsRead: 2, rowsOut: 2, rowsRejected: 0 };

withDatabase("working", ({ database, testCtx }) => {
  const stops: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    // What other tests left waiting in this database would be handed to this test's workers.
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
  });
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
  });
  const work = async (handler: RunHandler, concurrency?: number) => {
    const stop = await workRuns(handler, { database: database(), concurrency });
    stops.push(stop);
    return stop;
  };

  test("starts a run at once, and writes its progress, log, end and audit", async () => {
    const ctx = await testCtx();
    const startedAt: number[] = [];
    await work(async (run) => {
      startedAt.push(performance.now());
      await recordProgress(run, {
        rowsRead: 2,
        rowsExpected: 4,
        nodes: [{ nodeId: "src", status: "running", rowsOut: 2, counts: { out: 2 } }],
      });
      await appendLog(run, { level: "info", nodeId: "src", message: "opened with password=hunter22" });
      return done;
    });
    const id = await pipeline(ctx);
    const requestedAt = performance.now();
    const runId = await request(ctx, id);
    expect(await progress(ctx, runId)).toMatchObject({ nodes: [{ nodeId: "src" }, { nodeId: "load" }] });
    await until(async () => (await status(ctx, runId)) === "completed");
    expect((startedAt[0] ?? 0) - requestedAt).toBeLessThan(2_000);
    const ended = await progress(ctx, runId);
    expect(ended).toMatchObject({ rowsRead: 2, rowsOut: 2, attempt: 1, error: null, secondsLeft: null });
    expect(ended.nodes.map(({ nodeId, status: state }) => [nodeId, state])).toEqual([
      ["src", "completed"],
      ["load", "skipped"],
    ]);
    const { data, next } = await getRunLog({ ctx, input: { runId } });
    expect(data).toHaveLength(1);
    expect(data[0]?.message).not.toContain("hunter22");
    expect((await getRunLog({ ctx, input: { runId, after: next } })).data).toEqual([]);
    const audit = await ctx.db.auditLog.findMany({
      where: { tenantId: ctx.tenant, entityId: runId },
      orderBy: { seq: "asc" },
      include: { content: true },
    });
    const { pipelineName } = await progress(ctx, runId);
    expect(audit.map(({ action, content }) => [action, content?.entityName])).toEqual([
      ["run.requested", pipelineName],
      ["run.finished", pipelineName],
    ]);
    const [overview] = (await listPipelineOverviews({ ctx, input: {} })).data;
    expect(overview).toMatchObject({ lastRun: { runId, status: "completed", rowsOut: 2 }, schedule: null });
  });

  test("runs a pipeline's runs one at a time and in order, though two workers have room", async () => {
    const ctx = await testCtx();
    const [one, other] = [await pipeline(ctx, "one"), await pipeline(ctx, "other")];
    const order: string[] = [];
    const busy = new Map<string, number>();
    const most = new Map<string, number>();
    let together = 0;
    // The first run of each pipeline ends when both are under way, which they can be only at the same time.
    const both = Promise.withResolvers<void>();
    const handler: RunHandler = async ({ run }) => {
      const now = (busy.get(run.pipelineId) ?? 0) + 1;
      busy.set(run.pipelineId, now);
      most.set(run.pipelineId, Math.max(now, most.get(run.pipelineId) ?? 0));
      together = Math.max(
        together,
        [...busy.values()].reduce((sum, count) => sum + count),
      );
      if (busy.size === 2) both.resolve();
      await both.promise;
      if (run.pipelineId === one) order.push(run.id);
      busy.set(run.pipelineId, now - 1);
      return done;
    };
    const asked: string[] = [];
    for (let n = 0; n < 4; n += 1) asked.push(await request(ctx, one));
    const aside = await request(ctx, other);
    await Promise.all([work(handler, 3), work(handler, 3)]);
    await until(async () => (await listRuns({ ctx, input: { status: "completed" } })).pagination.total === 5);
    expect(order).toEqual(asked);
    expect([...most.values()]).toEqual([1, 1]);
    expect(together).toBe(2);
    expect(await status(ctx, aside)).toBe("completed");
  });

  test("cancels: what waits ends at once, what runs is stopped, what has ended is left", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const reasons: unknown[] = [];
    await work((run) => {
      run.signal.addEventListener("abort", () => reasons.push(stopReason(run.signal)));
      return waitForStop(run);
    });
    const [running, waiting] = [await request(ctx, id), await request(ctx, id)];
    await until(async () => (await status(ctx, running)) === "running");
    expect(await cancelRun({ ctx, input: { runId: waiting } })).toMatchObject({ status: "cancelled" });
    const askedAt = performance.now();
    await cancelRun({ ctx, input: { runId: running } });
    await until(async () => (await status(ctx, running)) === "cancelled");
    expect(performance.now() - askedAt).toBeLessThan(3_000);
    expect(reasons).toEqual(["cancelled"]);
    expect(await cancelRun({ ctx, input: { runId: running } })).toMatchObject({ status: "cancelled" });
    const ended = await progress(ctx, running);
    expect(ended.error).toBeNull();
    expect(new Set(ended.nodes.map((node) => node.status))).toEqual(new Set(["cancelled"]));
  });

  test("hands a run back when the worker is stopped, without counting it", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const runId = await request(ctx, id);
    const stop = await work(waitForStop);
    await until(async () => (await status(ctx, runId)) === "running");
    await stop();
    expect(await status(ctx, runId)).toBe("queued");
    await work(async () => done);
    await until(async () => (await status(ctx, runId)) === "completed");
    expect(await ctx.db.run.findFirst({ where: { id: runId } })).toMatchObject({ lost: 0, failures: 0 });
  });

  test("lets a worker that lost its run change nothing, and gives up after too many losses", async () => {
    const ctx = await testCtx();
    const runId = await request(ctx, await pipeline(ctx));
    const first = await claimed(ctx, runId);
    const second = await claimed(ctx, runId);
    expect(second.run.attempt).toBe(2);
    expect(await recordProgress(first, { rowsRead: 99 })).toBe(false);
    expect(await finishRun(first, done)).toBeUndefined();
    await appendLog(first, { level: "info", message: "from beyond" });
    expect(await recordProgress(second, { rowsRead: 5 })).toBe(true);
    expect(await progress(ctx, runId)).toMatchObject({ status: "running", rowsRead: 5 });
    await claimed(ctx, runId);
    await claimed(ctx, runId);
    expect(await claim(ctx, runId)).toBeUndefined();
    expect(await progress(ctx, runId)).toMatchObject({ status: "failed", error: { code: "worker_lost" } });
    const { data } = await getRunLog({ ctx, input: { runId } });
    expect(data.some(({ message }) => message === "from beyond")).toBe(false);
    expect(await claim(ctx, runId)).toBeUndefined();
  });

  test("a step that is done again has begun when it first did, and has not ended", async () => {
    const ctx = await testCtx();
    const runId = await request(ctx, await pipeline(ctx));
    const run = await claimed(ctx, runId);
    const step = async (state: "running" | "completed") => {
      await recordProgress(run, { nodes: [{ nodeId: "src", status: state }] });
      return (await progress(ctx, runId)).nodes.find(({ nodeId }) => nodeId === "src");
    };
    const first = await step("completed");
    expect(first).toMatchObject({ status: "completed", finishedAt: expect.any(String) });
    expect(await step("running")).toMatchObject({
      status: "running",
      startedAt: first?.startedAt,
      finishedAt: null,
    });
  });

  test("queues again what runs without a job", async () => {
    const ctx = await testCtx();
    const boss = await openQueue(database());
    const runId = await request(ctx, await pipeline(ctx));
    await claimed(ctx, runId);
    await recoverLost(database());
    expect(await status(ctx, runId)).toBe("running");
    await ctx.db.run.update({ where: { id: runId }, data: { heartbeatAt: new Date(Date.now() - 60_000) } });
    expect(await boss.findJobs(QUEUE, { data: { runId } })).toEqual([]);
    await recoverLost(database());
    expect(await status(ctx, runId)).toBe("queued");
    await boss.stop({ close: false });
  });

  test("fails a run whose version cannot be run any more, once and for all", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, "orders", { retry: { maxAttempts: 3 } });
    const runId = await request(ctx, id);
    const version = await ctx.db.pipelineVersion.findFirstOrThrow({ where: { pipelineId: id } });
    await ctx.db.pipelineVersion.update({
      where: { id: version.id },
      data: { ir: ordersIr("orders", { destination: "gone" }) as object },
    });
    await work(async () => done);
    await until(async () => (await status(ctx, runId)) === "failed");
    expect(await progress(ctx, runId)).toMatchObject({ attempt: 1, error: { code: "not_executable" } });
  });
});
