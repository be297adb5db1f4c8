import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { runNotFound } from "./lock-run.ts";
import { type RunLogLine, type RunLogPage, RunLogQuery } from "./schema.ts";

/** A run's log from after a line on, oldest first. @throws AppError `run_not_found`. */
export async function getRunLog({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string; after?: number; limit?: number };
}): Promise<RunLogPage> {
  requirePermission(ctx, "runs.read");
  const { after, limit } = RunLogQuery.parse(input);
  const own = { tenantId: ctx.tenant };
  const run = await ctx.db.run.findFirst({ where: { ...own, id: input.runId }, select: { id: true } });
  if (!run) throw runNotFound(input.runId);
  const rows = await ctx.db.runLog.findMany({
    where: { ...own, runId: run.id, id: { gt: after } },
    orderBy: { id: "asc" },
    take: limit + 1,
  });
  const data = rows.slice(0, limit).map((row) => ({
    seq: Number(row.id),
    at: row.at.toISOString(),
    level: row.level as RunLogLine["level"],
    nodeId: row.nodeId,
    message: row.message,
    data: row.data as RunLogLine["data"],
  }));
  return { data, next: data.at(-1)?.seq ?? after, hasMore: rows.length > limit };
}
