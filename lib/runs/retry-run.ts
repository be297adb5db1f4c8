import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { loadPipeline } from "#lib/pipelines/index.ts";
import { lockRun } from "./lock-run.ts";
import type { RunStatus } from "./schema.ts";
import { wakeWorkers } from "./wake.ts";

/**
 * Runs a failed or cancelled run again, the same version, leaving out the targets that committed. A run that waits
 * for its next attempt begins at once.
 * @throws AppError `run_not_found`, `pipeline_not_found` if it was deleted; `conflict` if there is nothing to retry.
 */
export async function retryRun({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string };
}): Promise<{ runId: string }> {
  requirePermission(ctx, "pipelines.run");
  const { runId } = input;
  await ctx.db.$transaction(async (tx) => {
    const run = await lockRun(tx, ctx, runId);
    await loadPipeline({ db: tx as unknown as Ctx["db"], tenant: ctx.tenant }, run.pipelineId);
    const status = run.status as RunStatus;
    const waitsForRetry = status === "queued" && run.retryAt !== null;
    if (status !== "failed" && status !== "cancelled" && !waitsForRetry)
      throw new AppError("conflict", `Only a failed or cancelled run can be retried; this one is ${status}`);
    await tx.run.update({
      where: { id: runId },
      data: {
        status: "queued",
        failures: 0,
        lost: 0,
        ...(!waitsForRetry && { waits: 0 }),
        retryAt: new Date(),
        finishedAt: null,
        cancelRequestedAt: null,
        loggedAt: null,
        notedAt: null,
      },
    });
    await tx.runStep.updateMany({
      where: {
        runId,
        tenantId: ctx.tenant,
        NOT: { kind: "target", status: "completed" },
      },
      data: { status: "waiting" },
    });
    await emitAudit(tx, ctx, {
      action: "run.retried",
      entityType: "run",
      entityId: runId,
      before: { status },
    });
  });
  wakeWorkers();
  return { runId };
}
