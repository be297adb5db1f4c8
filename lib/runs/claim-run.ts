import { requirePermission } from "#lib/access/index.ts";
import type { Db, Tx } from "#lib/db.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { compile } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { requireExecutable } from "./check-ir.ts";
import type { ClaimedRun, RunJob } from "./claimed-run.ts";
import { endRun, finishRun } from "./finish-run.ts";
import { loadCatalogue } from "./load-catalogue.ts";
import type { RunTrigger } from "./schema.ts";
import { systemCtx } from "./system-ctx.ts";

/**
 * Makes a queued run, or one whose worker is gone, this process's own: the attempt's number goes up, and with it
 * whatever an earlier worker still holds becomes void. Call it only for a job that the queue has just handed over.
 * @returns undefined if there is nothing to do: the run has ended, or ends here because it was cancelled, its worker
 * died too often, or its version cannot be run any more.
 */
export async function claimRun(
  job: RunJob,
  { db, signal }: { db: Db; signal: AbortSignal },
): Promise<ClaimedRun | undefined> {
  const ctx = systemCtx(db, job.tenantId, job.runId, signal);
  requirePermission(ctx, "pipelines.run");
  const taken = await db.$transaction((tx) => take(tx, job));
  if (!taken) return undefined;
  const { pipelineId, version, trigger, scheduledFor, replayOf, attempt } = taken;
  const stub = { ctx, run: { id: job.runId, attempt } };
  try {
    const loaded = await loadVersion({ ctx, pipeline: pipelineId, version });
    const catalogue = await loadCatalogue(ctx);
    const ir = requireExecutable(loaded.ir, catalogue);
    const { slug: pipelineSlug, name: pipelineName } = loaded;
    const named = { id: job.runId, pipelineId, pipelineSlug, pipelineName };
    const run = { ...named, version, trigger, scheduledFor, replayOf, attempt };
    return { ctx, run, ir, plan: compile(ir, catalogue), signal };
  } catch (error) {
    const code = isAppError(error) ? error.code : "internal";
    if (code === "internal") log.error({ err: error, runId: job.runId }, "a run could not be prepared");
    const message = messageOf(error);
    await finishRun(stub, { status: "failed", error: { code, message, retryable: false } });
    return undefined;
  }
}

async function take(tx: Tx, { tenantId, runId }: RunJob) {
  await tx.$queryRaw`select 1 from "Run" where "id" = ${runId} and "tenantId" = ${tenantId} for update`;
  const run = await tx.run.findFirst({ where: { id: runId, tenantId } });
  if (!run || (run.status !== "queued" && run.status !== "running")) return undefined;
  const lost = run.lost + (run.status === "running" ? 1 : 0);
  const by = { tenant: tenantId, runId };
  if (run.cancelRequestedAt) {
    await endRun(tx, by, { status: "cancelled" });
    return undefined;
  }
  if (lost > limits.workerLosses) {
    const message = `The worker of this run ended ${lost} times before it could finish`;
    await endRun(tx, by, { status: "failed", error: { code: "worker_lost", message } });
    return undefined;
  }
  const now = new Date();
  const attempt = run.attempt + 1;
  await tx.run.update({
    where: { id: runId },
    data: {
      status: "running",
      attempt,
      lost,
      startedAt: run.startedAt ?? now,
      heartbeatAt: now,
      retryAt: null,
      rowsRead: 0,
      rowsOut: 0,
      rowsRejected: 0,
    },
  });
  await resetSteps(tx, tenantId, runId);
  if (run.status === "running")
    await tx.runLog.create({
      data: {
        runId,
        tenantId,
        level: "warn",
        message: "The worker of this run was lost; another one took over",
      },
    });
  return {
    pipelineId: run.pipelineId,
    version: run.pipelineVersion,
    trigger: run.trigger as RunTrigger,
    scheduledFor: run.scheduledFor ?? undefined,
    replayOf: run.replayOf ?? undefined,
    attempt,
  };
}

/** Sets every node back to waiting, except targets that committed: their destination knows, and does not load twice. */
async function resetSteps(tx: Tx, tenantId: string, runId: string): Promise<void> {
  const done = { kind: "target", status: "completed" };
  await tx.runStep.updateMany({
    where: { runId, tenantId, NOT: done },
    data: { status: "waiting", rowsIn: 0, rowsOut: 0, rowsRejected: 0, startedAt: null, finishedAt: null },
  });
}
