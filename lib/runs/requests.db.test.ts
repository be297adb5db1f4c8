import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { withDatabase } from "#tests/factories.ts";
import { draftIr } from "#tests/pipeline-documents.ts";
import { claimed, pipeline, progress, request, until } from "#tests/run-kit.ts";
import { cancelRun } from "./cancel-run.ts";
import type { RunOutcome } from "./claimed-run.ts";
import { createPipeline } from "./create-pipeline.ts";
import { finishRun } from "./finish-run.ts";
import { getRunLog } from "./get-run-log.ts";
import { getRunProgress } from "./get-run-progress.ts";
import { listRuns } from "./list-runs.ts";
import { removePipeline } from "./remove-pipeline.ts";
import { requestRun } from "./request-run.ts";
import { retryRun } from "./retry-run.ts";
import { watchRun } from "./watch-run.ts";

const done: RunOutcome = { status: "completed", rowsRead: 2, rowsOut: 2, rowsRejected: 0 };

withDatabase("requests", ({ testCtx }) => {
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
