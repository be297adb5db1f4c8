import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { withDatabase } from "#tests/factories.ts";
import { endedRun } from "#tests/notice-kit.ts";
import { claimed, pipeline, progress, request } from "#tests/run-kit.ts";
import type { RunOutcome } from "./claimed-run.ts";
import { finishRun } from "./finish-run.ts";
import type { Ledger, NodeCounts } from "./schema.ts";

const counts = { in: 0, out: 0, rejected: 0, filtered: 0, deduplicated: 0, unmatched: 0 };
const ledger = (nodes: Record<string, Partial<NodeCounts>>): Ledger => ({
  ...{
    balanced: true,
    read: 0,
    loaded: 0,
    rejected: 0,
    filtered: 0,
    deduplicated: 0,
    unmatched: 0,
    edges: [],
  },
  nodes: Object.fromEntries(Object.entries(nodes).map(([id, node]) => [id, { ...counts, ...node }])),
});
const nothing: RunOutcome = { status: "completed", rowsRead: 0, rowsOut: 0, rowsRejected: 0 };

withDatabase("a run without rows", ({ testCtx }) => {
  /** Runs before it, oldest first, by the rows that each read and loaded; then one that ends so. @returns its warnings. */
  async function warningsAfter(ctx: Ctx, before: readonly number[], outcome: RunOutcome, id = "orders") {
    const pipelineId = await pipeline(ctx, id);
    for (const [index, rows] of before.entries()) {
      const finishedAt = new Date(Date.now() - 60_000 * (before.length - index));
      await endedRun(ctx, pipelineId, { rowsRead: rows, rowsOut: rows, finishedAt });
    }
    const runId = await request(ctx, pipelineId);
    expect(await finishRun(await claimed(ctx, runId), outcome)).toBe("ended");
    const { warnings, status } = await progress(ctx, runId);
    expect(status).toBe(outcome.status);
    return warnings.map(({ code, message }) => [code, message]);
  }

  test("says so where rows were usual, beside what it was warned of already", async () => {
    const told = { code: "told", message: "Before" };
    expect(await warningsAfter(await testCtx(), [5, 0, 7, 0, 9], { ...nothing, warnings: [told] })).toEqual([
      ["told", "Before"],
      ["no_rows", "No rows were read; 3 of the 5 completed runs before it had rows"],
    ]);
    expect(await warningsAfter(await testCtx(), [1, 1, 1], nothing)).toHaveLength(1);
  });

  test("is silent where there mostly are none, or where nothing is known yet", async () => {
    for (const before of [[], [5, 5], [0, 0, 5, 0, 5], [9, 9, 9, 9, 0, 0, 0, 0, 0]])
      expect(await warningsAfter(await testCtx(), before, nothing), before.join()).toEqual([]);
  });

  test("counts neither failed runs, nor replays, nor other pipelines", async () => {
    const ctx = await testCtx();
    const other = await pipeline(ctx, "other");
    for (let count = 0; count < 5; count++) await endedRun(ctx, other, { rowsRead: 5, rowsOut: 5 });
    const own = await pipeline(ctx, "own");
    for (let count = 0; count < 5; count++) {
      await endedRun(ctx, own, { status: "failed", rowsRead: 5, rowsOut: 5 });
      const replay = await endedRun(ctx, own, { rowsRead: 5, rowsOut: 5 });
      await ctx.db.run.update({ where: { id: replay }, data: { replayOf: "a run" } });
    }
    const runId = await request(ctx, own);
    await finishRun(await claimed(ctx, runId), nothing);
    expect((await progress(ctx, runId)).warnings).toEqual([]);
  });

  test("is also one that read rows of which none came to a target, but not one that found all unchanged", async () => {
    const read = { ...nothing, rowsRead: 40 };
    const lost = ledger({ read: { in: 40, out: 40 }, load: { inserted: 0, updated: 0 } });
    expect(await warningsAfter(await testCtx(), [3, 3, 3], { ...read, ledger: lost })).toEqual([
      [
        "no_rows",
        "No row reached a target, though 40 were read; 3 of the 3 completed runs before it loaded rows",
      ],
    ]);
    const unchanged = ledger({ read: { in: 40, out: 40 }, load: { in: 40, inserted: 0, unchanged: 40 } });
    expect(await warningsAfter(await testCtx(), [3, 3, 3], { ...read, ledger: unchanged })).toEqual([]);
    const rejected: RunOutcome = { ...read, status: "completed_with_errors", rowsRejected: 40, ledger: lost };
    expect(await warningsAfter(await testCtx(), [3, 3, 3], rejected)).toEqual([]);
  });

  test("is not told of twice where a file is known to have been missing", async () => {
    const warnings = [{ code: "file_skipped", message: "orders.csv is not there" }];
    expect(await warningsAfter(await testCtx(), [5, 5, 5], { ...nothing, warnings })).toEqual([
      ["file_skipped", "orders.csv is not there"],
    ]);
  });

  test("is not one that failed", async () => {
    const failed: RunOutcome = {
      ...nothing,
      status: "failed",
      error: { code: "c", message: "m", retryable: false },
    };
    expect(await warningsAfter(await testCtx(), [3, 3, 3], failed)).toEqual([]);
  });
});
