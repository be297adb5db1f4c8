import { afterEach, beforeEach, expect, test } from "vitest";
import { limits } from "#lib/limits.ts";
import { withDatabase } from "#tests/factories.ts";
import { pipeline, progress, request, status, until } from "#tests/run-kit.ts";
import { cancelRun } from "./cancel-run.ts";
import type { RunHandler, RunOutcome } from "./claimed-run.ts";
import { getRunLog } from "./get-run-log.ts";
import { recordProgress } from "./record-progress.ts";
import { retryRun } from "./retry-run.ts";
import { workRuns } from "./work-runs.ts";

const done: RunOutcome = { status: "completed", rowsRead: 2, rowsOut: 2, rowsRejected: 0 };

withDatabase("trying again", ({ database, testCtx }) => {
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

  test("tries a failure again after a wait, as often as the document says, keeping committed targets", async () => {
    const ctx = await testCtx();
    const id = await pipeline(ctx, "orders", { retry: { maxAttempts: 3, backoff: "exponential" } });
    const runId = await request(ctx, id);
    const targets: (string | undefined)[] = [];
    await work(async (run) => {
      targets.push((await progress(ctx, runId)).nodes.find(({ nodeId }) => nodeId === "load")?.status);
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
    expect(targets).toEqual(["waiting", "completed", "completed"]);
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
});
