import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Prisma } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { getPipeline } from "#lib/pipelines/index.ts";
import type { Backfill, BackfillList, BackfillStatus } from "./backfill-schema.ts";
import { iso } from "./run-shapes.ts";

const LISTED = 10;
type Row = Prisma.BackfillGetPayload<object>;

/** A pipeline's latest backfills, newest first, each with how far it is. @throws AppError `pipeline_not_found`. */
export async function listBackfills({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string };
}): Promise<BackfillList> {
  requirePermission(ctx, "runs.read");
  const pipeline = await getPipeline({ ctx, input });
  const rows = await ctx.db.backfill.findMany({
    where: { tenantId: ctx.tenant, pipelineId: pipeline.id },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: LISTED,
  });
  const data: Backfill[] = [];
  for (const row of rows) data.push(await toBackfill(ctx, row));
  return { data };
}

/** How far a backfill is. @throws AppError `pipeline_not_found`, `not_found`. */
export async function getBackfill({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string; backfillId: string };
}): Promise<Backfill> {
  requirePermission(ctx, "runs.read");
  const pipeline = await getPipeline({ ctx, input });
  const row = await ctx.db.backfill.findFirst({
    where: { id: input.backfillId, tenantId: ctx.tenant, pipelineId: pipeline.id },
  });
  if (!row) throw backfillNotFound(input.backfillId);
  return toBackfill(ctx, row, pipeline.executable);
}

/** The refusal for a backfill that is not there. */
export function backfillNotFound(backfillId: string): AppError {
  return new AppError("not_found", `There is no backfill ${backfillId}`);
}

/** A backfill's row as it travels, with its runs counted. */
export async function toBackfill(
  ctx: Pick<Ctx, "db" | "tenant">,
  row: Row,
  executable = true,
): Promise<Backfill> {
  const own = { tenantId: ctx.tenant, backfillId: row.id };
  const groups = await ctx.db.run.groupBy({ by: ["status"], where: own, _count: { _all: true } });
  const of = (...statuses: string[]) =>
    groups.reduce((sum, { status, _count }) => sum + (statuses.includes(status) ? _count._all : 0), 0);
  const current = await ctx.db.run.findFirst({
    where: { ...own, status: { in: ["queued", "running"] } },
    orderBy: { scheduledFor: "asc" },
    select: { id: true, scheduledFor: true },
  });
  const total = row.times.length;
  const [done, failed, under] = [
    of("completed", "completed_with_errors"),
    of("failed"),
    of("queued", "running"),
  ];
  const never = row.status === "cancelled" ? total - row.made : 0;
  return {
    backfillId: row.id,
    pipelineId: row.pipelineId,
    status: row.status as BackfillStatus,
    from: row.from.toISOString(),
    to: row.to.toISOString(),
    stepMinutes: row.stepMinutes,
    total,
    done,
    failed,
    cancelled: of("cancelled") + never,
    left: total - row.made - never + under,
    waitsFor:
      row.status === "running" && !executable
        ? "The current version is a draft: the backfill goes on when it can be run again"
        : null,
    current: current?.scheduledFor
      ? { runId: current.id, scheduledFor: current.scheduledFor.toISOString() }
      : null,
    requestedBy: row.requestedBy,
    requestedByName: row.requestedByName,
    createdAt: row.createdAt.toISOString(),
    finishedAt: iso(row.finishedAt),
  };
}
