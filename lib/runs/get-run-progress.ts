import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { loadPipeline, namePipelines } from "#lib/pipelines/index.ts";
import { runNotFound } from "./lock-run.ts";
import { iso, paceOf, toLedger, toRunNode, toRunSummary } from "./run-shapes.ts";
import type { RunProgress, RunWarning } from "./schema.ts";

/**
 * Where a run stands: counts, nodes, ledger, error. With `pipeline` (uuid or slug) it must be a run of that one.
 * @throws AppError `run_not_found`, `pipeline_not_found`.
 */
export async function getRunProgress({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string; pipeline?: string };
}): Promise<RunProgress> {
  requirePermission(ctx, "runs.read");
  const pipelineId = input.pipeline && (await loadPipeline(ctx, input.pipeline)).id;
  const found = await ctx.db.run.findFirst({
    where: { id: input.runId, tenantId: ctx.tenant, pipelineId },
    include: { steps: { orderBy: { ordinal: "asc" } } },
  });
  if (!found) throw runNotFound(input.runId);
  const { steps, ...run } = found;
  const names = await namePipelines(ctx, [run.pipelineId]);
  const replays = await ctx.db.run.aggregate({
    where: { tenantId: ctx.tenant, replayOf: run.id },
    _sum: { rowsOut: true },
  });
  return {
    ...toRunSummary(run, names.get(run.pipelineId)),
    rowsExpected: run.rowsExpected === null ? null : Number(run.rowsExpected),
    ...paceOf(run, new Date()),
    nodes: steps.map(toRunNode),
    ledger: toLedger(run),
    warnings: (run.warnings as RunWarning[] | null) ?? [],
    cancelRequested: run.cancelRequestedAt !== null,
    replayed: Number(replays._sum.rowsOut ?? 0),
    retryAt: iso(run.retryAt),
  };
}
