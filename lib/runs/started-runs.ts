import type { Db } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";

/** A run that is under way. */
export type StartedRun = {
  id: string;
  tenantId: string;
  pipelineId: string;
  pipelineVersion: number;
  attempt: number;
  scheduledFor: Date | null;
  backfillId: string | null;
  startedAt: Date;
};

/** Runs of these tenants that are under way, those that began last first; a bounded number. */
export async function startedRuns(db: Db, tenants: readonly string[]): Promise<StartedRun[]> {
  const rows = await db.run.findMany({
    where: { tenantId: { in: [...tenants] }, status: "running", startedAt: { not: null } },
    orderBy: { startedAt: "desc" },
    take: limits.startsNoted,
    select: {
      ...{ id: true, tenantId: true, pipelineId: true, pipelineVersion: true, attempt: true },
      ...{ scheduledFor: true, backfillId: true, startedAt: true },
    },
  });
  return rows.map(({ startedAt, ...run }) => ({ ...run, startedAt: startedAt ?? new Date(0) }));
}
