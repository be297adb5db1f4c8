import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import { type JsonInput, Prisma, type Tx } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { namePipelines } from "#lib/pipelines/index.ts";
import { redactText } from "#lib/redact.ts";
import type { ClaimedRun, RunOutcome } from "./claimed-run.ts";
import { warnOfNoRows } from "./no-rows.ts";
import { systemCtx } from "./system-ctx.ts";

/** As much of a claimed run as the fence needs. */
type Claim = { ctx: ClaimedRun["ctx"]; run: Pick<ClaimedRun["run"], "id" | "attempt"> };

/**
 * Milliseconds from the failed attempt number `failures` (1 for the first) to the next one.
 * Exponential doubles, fixed does not; both stay at or below the maximum.
 */
export function retryDelay(failures: number, backoff: "fixed" | "exponential"): number {
  const factor = backoff === "fixed" ? 1 : 2 ** Math.min(failures - 1, 30);
  return Math.min(limits.runRetryMs * factor, limits.runRetryMaxMs);
}

/**
 * Ends an attempt. A failure that may pass is queued again with back-off while the pipeline's `errorHandling.retry`
 * allows; everything else ends the run, with an audit row. A worker that lost the run changes nothing.
 * @returns what became of the run, or undefined if it was not ours any more.
 */
export async function finishRun(
  claimed: Claim & { plan?: Pick<ClaimedRun["plan"], "retry"> },
  outcome: RunOutcome,
): Promise<"ended" | "retrying" | undefined> {
  const { ctx, run } = claimed;
  requirePermission(ctx, "pipelines.run");
  return ctx.db.$transaction(async (tx) => {
    const held = await hold(tx, claimed);
    if (!held) return undefined;
    const by = { tenant: ctx.tenant, runId: run.id };
    const failures = held.failures + (outcome.status === "failed" ? 1 : 0);
    const retry = claimed.plan?.retry;
    const again =
      outcome.status === "failed" &&
      outcome.error?.retryable !== false &&
      !held.cancelRequestedAt &&
      retry !== undefined &&
      failures < retry.maxAttempts;
    if (!again) {
      const empty = await warnOfNoRows(tx, by, outcome);
      const warnings = empty ? [...(outcome.warnings ?? []), empty] : outcome.warnings;
      await outcome.alongside?.(tx);
      await endRun(tx, by, { ...outcome, warnings }, failures);
      return "ended";
    }
    const delay = retryDelay(failures, retry.backoff);
    await closeSteps(tx, by, outcome);
    await tx.run.update({
      where: { id: run.id },
      data: {
        status: "queued",
        failures,
        retryAt: new Date(Date.now() + delay),
        error: storedError(outcome),
        ...counted(outcome),
      },
    });
    await tx.runLog.create({
      data: {
        runId: run.id,
        tenantId: ctx.tenant,
        level: "warn",
        message: `Attempt ${failures} of ${retry.maxAttempts} failed; the next one begins in ${delay / 1000} s`,
      },
    });
    return "retrying";
  });
}

/** Hands a run back unfinished because its worker is stopping: another one begins it again, and nothing is counted. */
export async function releaseRun(claimed: Claim): Promise<void> {
  await claimed.ctx.db.$transaction(async (tx) => {
    if (!(await hold(tx, claimed))) return;
    await tx.run.update({ where: { id: claimed.run.id }, data: { status: "queued", retryAt: new Date() } });
  });
}

/** Locks the run if this attempt still holds it. */
async function hold(tx: Tx, { ctx, run }: Claim) {
  const [row] = await tx.$queryRaw<{ failures: number; cancelRequestedAt: Date | null }[]>`
    select "failures", "cancelRequestedAt" from "Run" where "id" = ${run.id} and "tenantId" = ${ctx.tenant}
      and "attempt" = ${run.attempt} and "status" = 'running' for update`;
  return row;
}

/** Writes a run's end and its audit row, last in the caller's transaction. */
export async function endRun(
  tx: Tx,
  { tenant, runId }: { tenant: string; runId: string },
  outcome: RunOutcome,
  failures?: number,
): Promise<void> {
  await closeSteps(tx, { tenant, runId }, outcome);
  const run = await tx.run.update({
    where: { id: runId },
    data: {
      status: outcome.status,
      failures,
      finishedAt: new Date(),
      retryAt: null,
      ...(outcome.ledger ? { ledger: outcome.ledger as JsonInput } : {}),
      ...(outcome.warnings ? { warnings: outcome.warnings as JsonInput } : {}),
      ...(outcome.status.startsWith("completed") || outcome.error ? { error: storedError(outcome) } : {}),
      ...counted(outcome),
    },
  });
  const ctx = systemCtx(tx as never, tenant, runId);
  const names = await namePipelines(ctx, [run.pipelineId]);
  await emitAudit(tx, ctx, {
    action: "run.finished",
    entityType: "run",
    entityId: runId,
    entityName: names.get(run.pipelineId)?.name,
    after: {
      pipelineId: run.pipelineId,
      version: run.pipelineVersion,
      status: outcome.status,
      attempt: run.attempt,
      rowsRead: run.rowsRead,
      rowsOut: run.rowsOut,
      rowsRejected: run.rowsRejected,
      error: outcome.error?.code,
    },
  });
}

/** Nodes that were under way end as the run does; those not reached say so. */
async function closeSteps(
  tx: Tx,
  { tenant, runId }: { tenant: string; runId: string },
  { status }: RunOutcome,
) {
  const ended = status.startsWith("completed") ? "completed" : status;
  const missed = status === "cancelled" ? "cancelled" : "skipped";
  await tx.$executeRaw`
    update "RunStep" set "finishedAt" = coalesce("finishedAt", now()),
      "status" = case when "status" = 'running' then ${ended} else ${missed} end
    where "runId" = ${runId} and "tenantId" = ${tenant} and "status" in ('running', 'waiting')`;
}

function storedError({ error }: RunOutcome): JsonInput | typeof Prisma.DbNull {
  if (!error) return Prisma.DbNull;
  const { retryable: _, ...stored } = error;
  return { ...stored, message: redactText(stored.message) } as JsonInput;
}

function counted({ rowsRead, rowsOut, rowsRejected }: RunOutcome) {
  return { rowsRead, rowsOut, rowsRejected };
}
