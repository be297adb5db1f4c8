import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import path from "node:path";
import { expect, inject, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { type Database, openEmbedded } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { migrate } from "#lib/migrate.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { ordersIr } from "#tests/pipeline-documents.ts";
import { createPipeline } from "./create-pipeline.ts";
import { getRunProgress } from "./get-run-progress.ts";
import { requestRun } from "./request-run.ts";
import { workRuns } from "./work-runs.ts";

/** The longest that a run may lie idle after its worker was killed. */
const TAKEOVER_MS = limits.heartbeatMs;
/** A worker that was silent for so long is missed, before that time has passed. */
const SILENT_MS = 0.8 * limits.heartbeatMs;

/** Has a run's worker been silent for so long, and for the queue itself not silent at all: the machine may take its time. */
async function letBeSilent({ pool }: Database, runId: string, ms: number): Promise<void> {
  const then = `now() - make_interval(secs => ${ms / 1000})`;
  await pool.query(`update "Run" set "heartbeatAt" = ${then} where "id" = $1`, [runId]);
  await pool.query(
    `update pgboss.job set started_on = ${then}, heartbeat_on = now() + interval '1 day'
     where state = 'active' and data->>'runId' = $1`,
    [runId],
  );
}

/**
 * Starts a worker process and waits until it has taken a run.
 * @returns kills it as a power cut would.
 */
async function startHanging(place: string): Promise<() => Promise<void>> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "tests/hanging-worker.ts", place],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`The worker ended by itself (${code})`)));
  });
  return async () => {
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exited;
  };
}

const workHere = (database: Database) => workRuns(async () => ({ status: "completed" }), { database });

/** Waits until the run has been finished. @returns how long that took, in milliseconds. */
async function finished(ctx: Ctx, runId: string): Promise<number> {
  const begun = performance.now();
  await expect
    .poll(async () => (await getRunProgress({ ctx, input: { runId } })).status, { interval: 50 })
    .toBe("completed");
  return performance.now() - begun;
}

async function requestOne(ctx: Ctx): Promise<string> {
  const { id } = await createPipeline({ ctx, input: { irVersion: "1.0", ir: ordersIr("orders") } });
  return (await requestRun({ ctx, input: { pipelineId: id } })).runId;
}

withDatabase("a killed worker", ({ engine, database, testCtx }) => {
  const onServer = engine === "postgres";
  const title = onServer
    ? "loses its run to another one within seconds"
    : "has its run begun again at the next start";

  const loseToAnother = async () => {
    const ctx = await testCtx();
    // What other tests left in this database would be taken first.
    const left = { status: { in: ["queued", "running"] } };
    await ctx.db.run.updateMany({ where: left, data: { status: "cancelled" } });
    const runId = await requestOne(ctx);
    const kill = await startHanging(database().pool.options.connectionString ?? "");
    const stop = await workHere(database());
    expect(await getRunProgress({ ctx, input: { runId } })).toMatchObject({ status: "running", attempt: 1 });
    await kill();
    await letBeSilent(database(), runId, SILENT_MS);
    expect(await finished(ctx, runId)).toBeLessThan(TAKEOVER_MS);
    await stop();
    expect(await ctx.db.run.findFirst({ where: { id: runId } })).toMatchObject({ attempt: 2, lost: 1 });
  };

  const beginAgain = async () => {
    const folder = mkdtempSync(path.join(inject("temporaryFolder"), "killed-"));
    const tenant = uniqueId("t");
    const ctxOf = ({ db }: Database): Ctx => ({
      tenant,
      actor: { id: "u", kind: "user" },
      roles: ["ROLE_ADMIN"],
      requestId: tenant,
      db,
    });
    const before = await openEmbedded(folder);
    await migrate(before.pool, path.resolve("prisma/migrations"));
    const runId = await requestOne(ctxOf(before));
    await before.close();
    const kill = await startHanging(folder);
    await kill();
    const after = await openEmbedded(folder);
    // By its silence nobody would miss the worker for a day.
    await letBeSilent(after, runId, -86_400_000);
    const stop = await workHere(after);
    await finished(ctxOf(after), runId);
    await stop();
    expect(await after.db.run.findFirst({ where: { id: runId } })).toMatchObject({ attempt: 2, lost: 1 });
    await after.close();
  };

  test(title, { timeout: 90_000 }, () => (onServer ? loseToAnother() : beginAgain()));
});
