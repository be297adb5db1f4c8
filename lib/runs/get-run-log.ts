import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { requireRun } from "./look-at-runs.ts";
import { LOG_LEVELS, type RunLogLine, type RunLogPage, RunLogQuery } from "./schema.ts";

type Line = {
  id: bigint;
  at: Date;
  level: string;
  nodeId: string | null;
  message: string;
  data: RunLogLine["data"];
  found: boolean;
};

/**
 * A run's log from a line on, oldest first: all of it, or the lines of a level, a node, or with a text in them. However
 * long a log is, one request looks at `limits.logLinesSearched` lines at most, and says where to go on.
 * @throws AppError `run_not_found`.
 */
export async function getRunLog({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string } & z.input<typeof RunLogQuery>;
}): Promise<RunLogPage> {
  requirePermission(ctx, "runs.read");
  const { after, limit, q, level, nodeId } = RunLogQuery.parse(input);
  await requireRun(ctx, input.runId);
  const levels = LOG_LEVELS.slice(level ? LOG_LEVELS.indexOf(level) : 0);
  const rows = await ctx.db.$queryRaw<Line[]>`
    with looked as materialized (
      select "id", "at", "level", "nodeId", "message", "data" from "RunLog"
      where "runId" = ${input.runId} and "tenantId" = ${ctx.tenant} and "id" > ${after}
      order by "id" limit ${limits.logLinesSearched}
    ), found as (
      select * from looked where "level" = any (${levels}::text[])
        and (${nodeId ?? null}::text is null or "nodeId" = ${nodeId ?? null})
        and (${q ?? null}::text is null or strpos(lower(concat_ws(' ', "message", "nodeId", (
          select string_agg(key || '=' || value, ' ') from jsonb_each_text("data")))), lower(${q ?? null}::text)) > 0)
      order by "id" limit ${limit + 1}
    )
    select *, true as "found" from found
    union all
    (select *, false from looked where (select count(*) from looked) = ${limits.logLinesSearched}
      order by "id" desc limit 1)
    order by "found" desc, "id"`;
  const found = rows.filter((row) => row.found);
  const data = found.slice(0, limit).map(toLine);
  // The last line that was looked at, where the search ended before the log did.
  const ended = rows.find((row) => !row.found);
  const full = found.length > limit;
  const next = full || !ended ? data.at(-1)?.seq : Number(ended.id);
  return { data, next: next ?? after, hasMore: full || ended !== undefined };
}

const toLine = (row: Line): RunLogLine => ({
  seq: Number(row.id),
  at: row.at.toISOString(),
  level: row.level as RunLogLine["level"],
  nodeId: row.nodeId,
  message: row.message,
  data: row.data,
});
