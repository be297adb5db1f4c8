import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { isUniqueViolation } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { deletePipeline, undeletePipeline } from "#lib/pipelines/index.ts";
import type { PipelineDeleted } from "./schema.ts";
import { syncSchedule } from "./sync-schedule.ts";

/**
 * Deletes a pipeline so that it can be taken back: its slug becomes free, its schedule stands still, its backfill ends, what waits is
 * cancelled and what runs is asked to stop.
 * @throws AppError `pipeline_not_found`.
 */
export async function removePipeline({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string };
}): Promise<PipelineDeleted> {
  requirePermission(ctx, "pipelines.write");
  const now = new Date();
  const { id } = await ctx.db.$transaction(async (tx) => {
    const deleted = await deletePipeline(tx, ctx, input.id, now);
    const own = { tenantId: ctx.tenant, pipelineId: deleted.id };
    await tx.schedule.updateMany({ where: own, data: { nextRunAt: null } });
    await tx.backfill.updateMany({
      where: { ...own, status: "running" },
      data: { status: "cancelled", activeFor: null, finishedAt: now },
    });
    await tx.run.updateMany({
      where: { ...own, status: "queued" },
      data: { status: "cancelled", finishedAt: now, cancelRequestedAt: now },
    });
    await tx.run.updateMany({ where: { ...own, status: "running" }, data: { cancelRequestedAt: now } });
    await emitAudit(tx, ctx, {
      action: "pipeline.deleted",
      entityType: "pipeline",
      entityId: deleted.id,
      entityName: deleted.name,
      before: { slug: deleted.slug, version: deleted.currentVersion },
    });
    return deleted;
  });
  return { id, deletedAt: now.toISOString(), undelete: `/api/v1/pipelines/${id}/undelete` };
}

/**
 * Takes a deletion back, by uuid. Cancelled runs stay cancelled; the schedule goes on.
 * @throws AppError `pipeline_not_found`, `already_exists` if the slug has been taken meanwhile.
 */
export async function restorePipeline({ ctx, input }: { ctx: Ctx; input: { id: string } }) {
  requirePermission(ctx, "pipelines.write");
  try {
    return await ctx.db.$transaction(async (tx) => {
      const { id, slug, name, currentVersion, ir, executable } = await undeletePipeline(tx, ctx, input.id);
      const source = { pipelineId: id, schedule: ir.schedule, executable, now: new Date() };
      await syncSchedule(tx, ctx, source);
      await emitAudit(tx, ctx, {
        action: "pipeline.undeleted",
        entityType: "pipeline",
        entityId: id,
        entityName: name,
        after: { slug, version: currentVersion },
      });
      return { id, slug, name, version: currentVersion, executable, warnings: [] };
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw new AppError("already_exists", undefined, { cause: error });
    throw error;
  }
}
