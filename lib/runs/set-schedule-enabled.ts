import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import { getPipeline } from "#lib/pipelines/index.ts";
import { type Arrivals, noArrivals } from "./arrivals.ts";
import { toPipelineSchedule } from "./get-schedule.ts";
import type { PipelineSchedule } from "./schema.ts";
import { beginAt } from "./sync-schedule.ts";
import { within } from "./system-ctx.ts";

/**
 * Pauses or resumes a pipeline's schedule. What was missed during a pause is not made up for.
 * @throws AppError `pipeline_not_found`, `conflict` if the pipeline has no schedule.
 */
export async function setScheduleEnabled({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string; enabled: boolean };
}): Promise<PipelineSchedule> {
  requirePermission(ctx, "pipelines.write");
  const now = new Date();
  return ctx.db.$transaction(async (tx) => {
    const pipeline = await getPipeline({ ctx: within(ctx, tx), input });
    await tx.$queryRaw`select 1 from "Schedule" where "pipelineId" = ${pipeline.id} for update`;
    const row = await tx.schedule.findFirst({ where: { pipelineId: pipeline.id, tenantId: ctx.tenant } });
    if (!row) throw new AppError("conflict", "The pipeline has no schedule; add one to its IR first");
    if (row.enabled === input.enabled) return toPipelineSchedule(row, pipeline.executable, now);
    const runs = input.enabled && pipeline.executable;
    const times = beginAt(runs ? (row.spec as unknown as Schedule) : undefined, now);
    // A deadline that passes during a pause is nobody's; what arrived meanwhile is found by the next look.
    const known = row.arrivals as unknown as Arrivals | null;
    const arrivals = known ? noArrivals(known) : undefined;
    const saved = await tx.schedule.update({
      where: { pipelineId: pipeline.id },
      data: { enabled: input.enabled, ...times, arrivals },
    });
    await emitAudit(tx, ctx, {
      action: input.enabled ? "schedule.resumed" : "schedule.paused",
      entityType: "pipeline",
      entityId: pipeline.id,
      entityName: pipeline.name,
      before: { enabled: row.enabled },
      after: { enabled: input.enabled, nextRunAt: times.nextRunAt },
    });
    return toPipelineSchedule(saved, pipeline.executable, now);
  });
}
