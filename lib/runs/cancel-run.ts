import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { lockRun } from "./lock-run.ts";
import { isFinal, type RunStatus } from "./schema.ts";

/**
 * Cancels a run. One that waits ends at once; one that runs is asked to stop and does within a second or so, unless
 * it commits first. Cancelling twice is no error.
 * @throws AppError `run_not_found`; `conflict` if the run has ended otherwise.
 */
export async function cancelRun({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string };
}): Promise<{ runId: string; status: RunStatus }> {
  requirePermission(ctx, "runs.cancel");
  const { runId } = input;
  return ctx.db.$transaction(async (tx) => {
    const run = await lockRun(tx, ctx, runId);
    const status = run.status as RunStatus;
    if (status === "cancelled" || (status === "running" && run.cancelRequestedAt)) return { runId, status };
    if (isFinal(status)) throw new AppError("conflict", `The run has ended already: ${status}`);
    const now = new Date();
    const waits = status === "queued";
    await tx.run.update({
      where: { id: runId },
      data: waits
        ? { status: "cancelled", finishedAt: now, cancelRequestedAt: now, retryAt: null }
        : { cancelRequestedAt: now },
    });
    if (waits)
      await tx.runStep.updateMany({
        where: { runId, tenantId: ctx.tenant, status: "waiting" },
        data: { status: "cancelled" },
      });
    await emitAudit(tx, ctx, {
      action: "run.cancelled",
      entityType: "run",
      entityId: runId,
      before: { status },
    });
    return { runId, status: waits ? "cancelled" : status };
  });
}
