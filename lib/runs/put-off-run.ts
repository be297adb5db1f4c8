import { requirePermission } from "#lib/access/index.ts";
import type { JsonInput } from "#lib/db.ts";
import type { ClaimedRun } from "./claimed-run.ts";
import type { RunWarning } from "./schema.ts";

/**
 * Puts a run off that this process holds, because what it reads is not there yet: it is queued again for later, and
 * nothing counts as a failure. The reason stands among its warnings until it begins again.
 * @returns false if the run is not ours any more, or was cancelled meanwhile: it is to be ended then.
 */
export async function putOffRun(
  { ctx, run }: Pick<ClaimedRun, "ctx" | "run">,
  { until, reason }: { until: Date; reason: RunWarning },
): Promise<boolean> {
  requirePermission(ctx, "pipelines.run");
  const { count } = await ctx.db.run.updateMany({
    where: {
      ...{ id: run.id, tenantId: ctx.tenant, attempt: run.attempt },
      ...{ status: "running", cancelRequestedAt: null },
    },
    data: {
      status: "queued",
      retryAt: until,
      waits: { increment: 1 },
      warnings: [reason] as JsonInput,
    },
  });
  return count === 1;
}
