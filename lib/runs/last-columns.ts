import type { Ctx } from "#lib/context.ts";
import { toLedger } from "./run-shapes.ts";
import type { Ledger } from "./schema.ts";

/** Runs that are looked through for one that tells its sources' columns. */
const LOOKED_THROUGH = 5;

/**
 * The columns that a pipeline's sources came with when it last ran to its end, by node.
 * @param before only of runs that were asked for before this one.
 * @param version only of runs of this version.
 */
export async function lastColumns(
  ctx: Pick<Ctx, "db" | "tenant">,
  { pipelineId, before, version }: { pipelineId: string; before?: string; version?: number },
): Promise<NonNullable<Ledger["columns"]>> {
  const where = { tenantId: ctx.tenant, pipelineId };
  const asked =
    before === undefined
      ? null
      : await ctx.db.run.findFirst({ where: { ...where, id: before }, select: { queuedAt: true } });
  const runs = await ctx.db.run.findMany({
    where: {
      ...where,
      // A replay reads rejected rows, and its sources only for what is looked up in them.
      replayOf: null,
      pipelineVersion: version,
      status: { in: ["completed", "completed_with_errors"] },
      ...(asked && { queuedAt: { lt: asked.queuedAt } }),
    },
    orderBy: { queuedAt: "desc" },
    take: LOOKED_THROUGH,
  });
  return runs.map((run) => toLedger(run)?.columns).find((columns) => columns !== undefined) ?? {};
}
