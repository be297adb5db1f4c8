import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { cutPage, decodeCursor, loadPipeline, namePipelines } from "#lib/pipelines/index.ts";
import { toRunSummary } from "./run-shapes.ts";
import { ListRunsQuery, type RunList } from "./schema.ts";

/**
 * The tenant's runs, newest first, of one pipeline (uuid or slug) or of all.
 * @throws AppError `pipeline_not_found`, `bad_request` for a cursor that is not ours.
 */
export async function listRuns({ ctx, input }: { ctx: Ctx; input: unknown }): Promise<RunList> {
  requirePermission(ctx, "runs.read");
  const { limit, cursor, status, pipeline } = ListRunsQuery.parse(input);
  const pipelineId = pipeline && (await loadPipeline(ctx, pipeline)).id;
  const matching = { tenantId: ctx.tenant, pipelineId, status };
  const after = cursor ? decodeCursor(cursor) : undefined;
  const beyond = after && {
    OR: [{ queuedAt: { lt: after.at } }, { queuedAt: after.at, id: { lt: after.id } }],
  };
  const rows = await ctx.db.run.findMany({
    where: { ...matching, ...beyond },
    orderBy: [{ queuedAt: "desc" }, { id: "desc" }],
    take: limit + 1,
  });
  const total = await ctx.db.run.count({ where: matching });
  const { page, pagination } = cutPage(rows, limit, total, ({ queuedAt, id }) => ({ at: queuedAt, id }));
  const names = await namePipelines(
    ctx,
    page.map((run) => run.pipelineId),
  );
  return { data: page.map((run) => toRunSummary(run, names.get(run.pipelineId))), pagination };
}
