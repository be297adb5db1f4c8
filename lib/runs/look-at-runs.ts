import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import { runNotFound } from "./lock-run.ts";
import { isFinal, type RunStatus } from "./schema.ts";

/** Asks that the tenant has a run, before anything of it is shown or changed. @throws AppError `run_not_found`. */
export async function requireRun(ctx: Pick<Ctx, "db" | "tenant">, runId: string): Promise<void> {
  const run = await ctx.db.run.findFirst({
    where: { id: runId, tenantId: ctx.tenant },
    select: { id: true },
  });
  if (!run) throw runNotFound(runId);
}

/** The states of some of the tenant's runs, by id. */
export async function listRunStates({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runIds: readonly string[] };
}): Promise<Map<string, RunStatus>> {
  requirePermission(ctx, "runs.read");
  if (input.runIds.length === 0) return new Map();
  const found = await ctx.db.run.findMany({
    where: { tenantId: ctx.tenant, id: { in: [...input.runIds] } },
    select: { id: true, status: true },
  });
  return new Map(found.map(({ id, status }) => [id, status as RunStatus]));
}

/** Locks a run until the transaction ends. @returns true if it failed or was cancelled, and nobody has asked for it again. */
export async function lockFailed(tx: Tx, ctx: Pick<Ctx, "tenant">, runId: string): Promise<boolean> {
  const [run] = await tx.$queryRaw<{ status: RunStatus }[]>`
    select "status" from "Run" where "id" = ${runId} and "tenantId" = ${ctx.tenant} for update`;
  return !run || (isFinal(run.status) && !run.status.startsWith("completed"));
}

/** A target that a run has loaded: the version says what it was. */
export type LaterLoad = { runId: string; version: number; nodeId: string };

/** The targets that runs of the same pipeline loaded after a run did, each version's once; replays are left out. */
export async function listLaterLoads({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string };
}): Promise<LaterLoad[]> {
  requirePermission(ctx, "runs.read");
  return ctx.db.$queryRaw<LaterLoad[]>`
    select distinct on (r."pipelineVersion", s."nodeId")
      r."id" as "runId", r."pipelineVersion" as "version", s."nodeId"
    from "Run" first
    join "Run" r on r."tenantId" = first."tenantId" and r."pipelineId" = first."pipelineId"
      and r."replayOf" is null and r."id" <> first."id"
    join "RunStep" s on s."runId" = r."id" and s."kind" = 'target' and s."status" = 'completed'
    where first."id" = ${input.runId} and first."tenantId" = ${ctx.tenant}
      and s."finishedAt" > coalesce(first."finishedAt", first."startedAt")
    order by r."pipelineVersion", s."nodeId", r."queuedAt"`;
}
