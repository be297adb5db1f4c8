import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { withDatabase } from "#tests/factories.ts";
import { type DocumentOptions, draftIr, ordersIr } from "#tests/pipeline-documents.ts";
import { cancelRun } from "./cancel-run.ts";
import { claimRun } from "./claim-run.ts";
import type { ClaimedRun, RunHandler, RunOutcome } from "./claimed-run.ts";
import { createPipeline } from "./create-pipeline.ts";
import { finishRun } from "./finish-run.ts";
import { getRunLog } from "./get-run-log.ts";
import { getRunProgress } from "./get-run-progress.ts";
import { listPipelineOverviews } from "./list-pipeline-overviews.ts";
import { listRuns } from "./list-runs.ts";
import { openQueue, QUEUE, recoverLost } from "./queue.ts";
import { appendLog, recordProgress } from "./record-progress.ts";
import { removePipeline } from "./remove-pipeline.ts";
import { requestRun } from "./request-run.ts";
import { retryRun } from "./retry-run.ts";
import { stopReason } from "./stop-reason.ts";
import { watchRun } from "./watch-run.ts";
import { workRuns } from "./work-runs.ts";

const done: RunOutcome = { status: "completed", rowsRead: 2, rowsOut: 2, rowsRejected: 0 };
const until = (check: () => unknown) => vi.waitFor(async () => expect(await check()).toBeTruthy(), 15_000);

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
  const pipeline = async (ctx: Ctx, id = "orders", options: DocumentOptions = {}) =>
    (await createPipeline({ ctx, input: { irVersion: "1.0", ir: ordersIr(id, options) } })).id;
  const request = async (ctx: Ctx, pipelineId: string) =>
    (await requestRun({ ctx, input: { pipelineId } })).runId;
  const progress = (ctx: Ctx, runId: string) => getRunProgress({ ctx, input: { runId } });
  const status = async (ctx: Ctx, runId: string) => (await progress(ctx, runId)).status;
  const claim = (ctx: Ctx, runId: string) =>
    claimRun({ tenantId: ctx.tenant, runId }, { db: ctx.db, signal: new AbortController().signal });
  const claimed = async (ctx: Ctx, runId: string): Promise<ClaimedRun> => {
    const got = await claim(ctx, runId);
    if (!got) throw new Error("The run could not be claimed");
    return got;
  };
  /** A handler that waits until the run is stopped. */
  const waitForStop: RunHandler = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

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
    });
    expect(audit.map(({ action }) => action)).toEqual(["run.requested", "run.finished"]);
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
    const handler: RunHandler = async ({ run }) => {
      const now = (busy.get(run.pipelineId) ?? 0) + 1;
      busy.set(run.pipelineId, now);
      most.set(run.pipelineId, Math.max(now, most.get(run.pipelineId) ?? 0));
      together = Math.max(
        together,
        [...busy.values()].reduce((sum, count) => sum + count),
      );
      await new Promise((resolve) => setTimeout(resolve, 150));
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

  test("tries a failure again after a wait, as often as the document says, keeping committed targets", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, "orders", { retry: { maxAttempts: 3, backoff: "exponential" } });
    const runId = await request(ctx, id);
    const committed: (readonly string[])[] = [];
    await work(async (run) => {
      committed.push(run.committedTargets);
      await recordProgress(run, { nodes: [{ nodeId: "load", status: "completed" }] });
      throw new Error("the disk is full");
    });
    for (const [failures, wait] of [
      [1, limits.runRetryMs],
      [2, 2 * limits.runRetryMs],
    ] as const) {
      await until(async () => (await progress(ctx, runId)).retryAt !== null);
      const waiting = await progress(ctx, runId);
      expect(waiting).toMatchObject({ status: "queued", attempt: failures, error: { code: "internal" } });
      const left = new Date(waiting.retryAt ?? 0).getTime() - Date.now();
      expect(left).toBeGreaterThan(wait - 4_000);
      expect(left).toBeLessThanOrEqual(wait);
      await ctx.db.run.update({ where: { id: runId }, data: { retryAt: new Date() } });
      await until(async () => (await progress(ctx, runId)).attempt === failures + 1);
    }
    await until(async () => (await status(ctx, runId)) === "failed");
    expect(await progress(ctx, runId)).toMatchObject({ attempt: 3, error: { message: "the disk is full" } });
    expect(committed).toEqual([[], ["load"], ["load"]]);
    const { data } = await getRunLog({ ctx, input: { runId } });
    expect(data.map(({ message }) => message)).toEqual([
      "Attempt 1 of 3 failed; the next one begins in 5 s",
      "Attempt 2 of 3 failed; the next one begins in 10 s",
    ]);
  });

  test("runs a failed run again when asked, and nothing else", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const runId = await request(ctx, id);
    let attempts = 0;
    await work(async () => {
      attempts += 1;
      return attempts > 1 ? done : { status: "failed", error: { code: "bad_csv", message: "line 3" } };
    });
    await until(async () => (await status(ctx, runId)) === "failed");
    expect(await progress(ctx, runId)).toMatchObject({ error: { code: "bad_csv" }, retryAt: null });
    await retryRun({ ctx, input: { runId } });
    await until(async () => (await status(ctx, runId)) === "completed");
    expect(await progress(ctx, runId)).toMatchObject({ attempt: 2, error: null });
    await expect(retryRun({ ctx, input: { runId } })).rejects.toMatchObject({ code: "conflict" });
    await expect(cancelRun({ ctx, input: { runId } })).rejects.toMatchObject({ code: "conflict" });
  });

  test("can run again what was cancelled before it began", async () => {
    const ctx = await testCtx();
    const runId = await request(ctx, await pipeline(ctx));
    await cancelRun({ ctx, input: { runId } });
    await work(async () => done);
    await retryRun({ ctx, input: { runId } });
    await until(async () => (await status(ctx, runId)) === "completed");
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

  test("answers a repeated request with the first run, and a draft with what it misses", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const twice = await Promise.all(
      [1, 2].map(() => requestRun({ ctx, input: { pipelineId: id, idempotencyKey: "k" } })),
    );
    expect(twice[0]?.runId).toBe(twice[1]?.runId);
    expect(twice.map(({ existing }) => existing).sort()).toEqual([false, true]);
    const draft = await createPipeline({ ctx, input: { irVersion: "1.0", ir: draftIr("half") } });
    const asked = requestRun({ ctx, input: { pipelineId: draft.id } });
    await expect(asked).rejects.toMatchObject({ code: "not_executable", extra: { issues: [{}] } });
  });

  test("cancels a deleted pipeline's runs", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const runId = await request(ctx, id);
    await removePipeline({ ctx, input: { id } });
    expect(await progress(ctx, runId)).toMatchObject({ status: "cancelled", pipelineSlug: "orders" });
    await expect(retryRun({ ctx, input: { runId } })).rejects.toMatchObject({ code: "pipeline_not_found" });
  });

  test("follows a run to its end, and stops when the reader leaves", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx);
    const runId = await request(ctx, id);
    const seen: string[] = [];
    const follow = (async () => {
      for await (const { data } of watchRun({ ctx, input: { runId } })) seen.push(data.status);
    })();
    await until(() => seen.length > 0);
    const run = await claimed(ctx, runId);
    await until(() => seen.includes("running"));
    await finishRun(run, done);
    await follow;
    expect([...new Set(seen)]).toEqual(["queued", "running", "completed"]);
    const leaving = new AbortController();
    const waiting = await request(ctx, id);
    const watch = watchRun({ ctx: { ...ctx, signal: leaving.signal }, input: { runId: waiting } });
    await watch.next();
    leaving.abort();
    expect((await watch.next()).done).toBe(true);
  });

  test("pages through runs without gap or repeat while runs are added; another tenant sees none", async () => {
    const [ctx, other] = [await testCtx(), await testCtx()];
    const id = await pipeline(ctx);
    const asked: string[] = [];
    for (let n = 0; n < 5; n += 1) asked.push(await request(ctx, id));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listRuns({ ctx, input: { limit: 2, cursor, pipeline: "orders" } });
      seen.push(...page.data.map(({ runId }) => runId));
      cursor = page.pagination.cursor ?? undefined;
      await request(ctx, id);
    } while (cursor);
    expect(new Set(seen).size).toBe(seen.length);
    expect(new Set(seen)).toEqual(new Set(asked));
    expect((await listRuns({ ctx: other, input: {} })).data).toEqual([]);
    const runId = asked[0] ?? "";
    for (const attempt of [
      () => getRunProgress({ ctx: other, input: { runId } }),
      () => getRunLog({ ctx: other, input: { runId } }),
      () => cancelRun({ ctx: other, input: { runId } }),
      () => retryRun({ ctx: other, input: { runId } }),
      () => getRunProgress({ ctx, input: { runId: randomUUID() } }),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: "run_not_found" });
  });
});
