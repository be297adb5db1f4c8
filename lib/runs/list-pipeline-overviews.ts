import type { Ctx } from "#lib/context.ts";
import { describeSchedule } from "#lib/ir/index.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import { getPipeline, listPipelines } from "#lib/pipelines/index.ts";
import type { PipelineSummary } from "#lib/pipelines/schema.ts";
import { iso } from "./run-shapes.ts";
import type { PipelineList, PipelineOverview, RecentRun, RunStatus } from "./schema.ts";

const RECENT = 10;

/**
 * A page of pipelines, each with its schedule and latest runs: four queries, however many rows.
 * @throws AppError `permission_denied`; `bad_request` for a cursor that is not ours.
 */
export async function listPipelineOverviews({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: unknown;
}): Promise<PipelineList> {
  const { data, pagination } = await listPipelines({ ctx, input });
  return { data: await addRuns(ctx, data), pagination };
}

/** One pipeline with its schedule and latest runs. @throws AppError `pipeline_not_found`. */
export async function getPipelineOverview({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string };
}): Promise<PipelineOverview> {
  const pipeline = await getPipeline({ ctx, input });
  const [overview] = await addRuns(ctx, [pipeline]);
  return overview as PipelineOverview;
}

async function addRuns(ctx: Ctx, pipelines: readonly PipelineSummary[]): Promise<PipelineOverview[]> {
  const ids = pipelines.map(({ id }) => id);
  const schedules = await ctx.db.schedule.findMany({
    where: { tenantId: ctx.tenant, pipelineId: { in: ids } },
  });
  const scheduleOf = new Map(schedules.map((row) => [row.pipelineId, row]));
  const runsOf = await loadRecentRuns(ctx, ids);
  return pipelines.map((pipeline) => {
    const row = scheduleOf.get(pipeline.id);
    const recentRuns = runsOf.get(pipeline.id) ?? [];
    const schedule = row && {
      schedule: row.spec as unknown as Schedule,
      description: describeSchedule(row.spec as unknown as Schedule),
      enabled: row.enabled,
      nextRunAt: (row.spec as unknown as Schedule).kind === "file_arrival" ? null : iso(row.nextRunAt),
    };
    return { ...pipeline, schedule: schedule ?? null, lastRun: recentRuns.at(-1) ?? null, recentRuns };
  });
}

type Row = {
  id: string;
  pipelineId: string;
  status: string;
  rowsOut: bigint;
  rowsRejected: bigint;
  startedAt: Date | null;
  finishedAt: Date | null;
};

/** The latest runs of several pipelines, oldest first. */
async function loadRecentRuns(ctx: Ctx, ids: readonly string[]): Promise<Map<string, RecentRun[]>> {
  const rows = await ctx.db.$queryRaw<Row[]>`
    select r.* from unnest(${ids}::text[]) as p("id") cross join lateral (
      select "id", "pipelineId", "status", "rowsOut", "rowsRejected", "startedAt", "finishedAt", "queuedAt"
      from "Run" where "tenantId" = ${ctx.tenant} and "pipelineId" = p."id"
      order by "queuedAt" desc, "id" desc limit ${RECENT}) r
    order by r."queuedAt", r."id"`;
  const byPipeline = Map.groupBy(rows, (row) => row.pipelineId);
  return new Map([...byPipeline].map(([id, runs]) => [id, runs.map(toRecentRun)]));
}

function toRecentRun(row: Row): RecentRun {
  return {
    runId: row.id,
    status: row.status as RunStatus,
    rowsOut: Number(row.rowsOut),
    rowsRejected: Number(row.rowsRejected),
    startedAt: iso(row.startedAt),
    finishedAt: iso(row.finishedAt),
  };
}
