import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import path from "node:path";
import { expect, inject, test, vi } from "vitest";
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

/** Starts a worker process, waits until it has taken a run, and kills it as a power cut would. */
async function killWhileWorking(place: string): Promise<void> {
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
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exited;
}

/** Has a worker of this process finish the run. @returns how long it took, in milliseconds. */
async function finishHere(database: Database, ctx: Ctx, runId: string): Promise<number> {
  const begun = performance.now();
  const stop = await workRuns(async () => ({ status: "completed" }), { database });
  const status = async () => (await getRunProgress({ ctx, input: { runId } })).status;
  await vi.waitFor(async () => expect(await status()).toBe("completed"), TAKEOVER_MS + 5_000);
  const took = performance.now() - begun;
  await stop();
  return took;
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
    await killWhileWorking(database().pool.options.connectionString ?? "");
    expect(await getRunProgress({ ctx, input: { runId } })).toMatchObject({ status: "running", attempt: 1 });
    expect(await finishHere(database(), ctx, runId)).toBeLessThan(TAKEOVER_MS);
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
    await killWhileWorking(folder);
    const after = await openEmbedded(folder);
    expect(await finishHere(after, ctxOf(after), runId)).toBeLessThan(5_000);
    expect(await after.db.run.findFirst({ where: { id: runId } })).toMatchObject({ attempt: 2, lost: 1 });
    await after.close();
  };

  test(title, () => (onServer ? loseToAnother() : beginAgain()));
});
