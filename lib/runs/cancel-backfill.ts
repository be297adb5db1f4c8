import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { getPipeline } from "#lib/pipelines/index.ts";
import type { Backfill } from "./backfill-schema.ts";
import { backfillNotFound, toBackfill } from "./get-backfill.ts";
import { within } from "./system-ctx.ts";

/**
 * Stops a backfill: times whose turn has not come get no run, a run that waits ends at once, one that is under way is
 * asked to stop. What has been loaded stays. Cancelling twice is no error.
 * @throws AppError `pipeline_not_found`, `not_found`; `conflict` if it has ended otherwise.
 */
export async function cancelBackfill({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string; backfillId: string };
}): Promise<Backfill> {
  requirePermission(ctx, "runs.cancel");
  const { backfillId } = input;
  return ctx.db.$transaction(async (tx) => {
    const inside = within(ctx, tx);
    const pipeline = await getPipeline({ ctx: inside, input });
    const own = { id: backfillId, tenantId: ctx.tenant, pipelineId: pipeline.id };
    await tx.$queryRaw`select 1 from "Backfill" where "id" = ${backfillId} and "tenantId" = ${ctx.tenant} for update`;
    const row = await tx.backfill.findFirst({ where: own });
    if (!row) throw backfillNotFound(backfillId);
    if (row.status === "cancelled") return toBackfill(inside, row);
    if (row.status !== "running") throw new AppError("conflict", "The backfill has ended already");
    const now = new Date();
    const runs = { tenantId: ctx.tenant, backfillId };
    const waiting = await tx.run.findMany({ where: { ...runs, status: "queued" }, select: { id: true } });
    await tx.run.updateMany({
      where: { ...runs, status: "queued" },
      data: { status: "cancelled", finishedAt: now, cancelRequestedAt: now, retryAt: null },
    });
    await tx.runStep.updateMany({
      where: { runId: { in: waiting.map(({ id }) => id) }, status: "waiting" },
      data: { status: "cancelled" },
    });
    await tx.run.updateMany({ where: { ...runs, status: "running" }, data: { cancelRequestedAt: now } });
    const saved = await tx.backfill.update({
      where: { id: backfillId },
      data: { status: "cancelled", activeFor: null, finishedAt: now },
    });
    await emitAudit(tx, ctx, {
      action: "backfill.cancelled",
      entityType: "pipeline",
      entityId: pipeline.id,
      entityName: pipeline.name,
      after: { backfillId, made: row.made, times: row.times.length },
    });
    return toBackfill(inside, saved);
  });
}
