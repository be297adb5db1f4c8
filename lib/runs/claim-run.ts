import { requirePermission } from "#lib/access/index.ts";
import { type Db, Prisma, type Tx } from "#lib/db.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { compile } from "#lib/ir/index.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { type Arrivals, type ArrivedFiles, arrivedFiles } from "./arrivals.ts";
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
  const { pipelineId, version, trigger, scheduledFor, replayOf, attempt, waits, startedAt, arrived } = taken;
  const stub = { ctx, run: { id: job.runId, attempt } };
  try {
    const loaded = await loadVersion({ ctx, pipeline: pipelineId, version });
    const catalogue = await loadCatalogue(ctx);
    const ir = requireExecutable(loaded.ir, catalogue);
    const { slug: pipelineSlug, name: pipelineName } = loaded;
    const named = { id: job.runId, pipelineId, pipelineSlug, pipelineName };
    const began = { attempt, waits, startedAt, arrived };
    const run = { ...named, version, trigger, scheduledFor, replayOf, ...began };
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
  const startedAt = run.startedAt ?? now;
  await tx.run.update({
    where: { id: runId },
    data: {
      status: "running",
      attempt,
      lost,
      startedAt,
      heartbeatAt: now,
      retryAt: null,
      warnings: Prisma.DbNull,
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
    waits: run.waits,
    startedAt,
    arrived: run.trigger === "schedule" ? await arrivedFor(tx, tenantId, run.pipelineId) : undefined,
  };
}

/** Read after the run is locked: what arrives from then on gets a run of its own. */
async function arrivedFor(tx: Tx, tenantId: string, pipelineId: string): Promise<ArrivedFiles | undefined> {
  const row = await tx.schedule.findFirst({
    where: { pipelineId, tenantId },
    select: { spec: true, arrivals: true },
  });
  const spec = row?.spec as Schedule | undefined;
  if (spec?.kind !== "file_arrival" || !row?.arrivals) return undefined;
  return arrivedFiles(spec.source, row.arrivals as unknown as Arrivals);
}

/** Sets every node back to waiting, except targets that committed: their destination knows, and does not load twice. */
async function resetSteps(tx: Tx, tenantId: string, runId: string): Promise<void> {
  const done = { kind: "target", status: "completed" };
  await tx.runStep.updateMany({
    where: { runId, tenantId, NOT: done },
    data: { status: "waiting", rowsIn: 0, rowsOut: 0, rowsRejected: 0, startedAt: null, finishedAt: null },
  });
}
