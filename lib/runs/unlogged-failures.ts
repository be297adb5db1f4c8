import type { Db } from "#lib/db.ts";
import type { RunError } from "./schema.ts";

/** A run that has failed for good, as the event log is told of it. */
export type UnloggedFailure = {
  id: string;
  tenantId: string;
  pipelineId: string;
  pipelineVersion: number;
  /** Grows with every start: a run that is retried may fail again. */
  attempt: number;
  error: RunError | null;
  finishedAt: Date;
};

/** Failed runs of all tenants that the event log was not told of, oldest first. */
export async function takeUnloggedFailures(db: Db, limit: number): Promise<UnloggedFailure[]> {
  const runs = await db.run.findMany({
    where: { status: "failed", loggedAt: null, finishedAt: { not: null } },
    orderBy: { finishedAt: "asc" },
    take: limit,
    select: {
      ...{ id: true, tenantId: true, pipelineId: true, pipelineVersion: true },
      ...{ attempt: true, error: true, finishedAt: true },
    },
  });
  return runs.map(({ error, finishedAt, ...run }) => ({
    ...run,
    error: error as RunError | null,
    finishedAt: finishedAt ?? new Date(0),
  }));
}

/** Notes that the log was told; a run that was retried meanwhile is told again when it fails again. */
export async function markFailuresLogged(
  db: Db,
  tenant: string,
  runs: readonly Pick<UnloggedFailure, "id" | "attempt">[],
): Promise<void> {
  await db.$executeRaw`
    update "Run" r set "loggedAt" = now()
    from unnest(${runs.map(({ id }) => id)}::text[], ${runs.map(({ attempt }) => attempt)}::int[]) as done (id, attempt)
    where r."id" = done.id and r."attempt" = done.attempt and r."tenantId" = ${tenant} and r."status" = 'failed'`;
}
