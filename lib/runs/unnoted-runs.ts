import type { Db, Tx } from "#lib/db.ts";
import type { Ledger, RunError, RunStatus, RunTrigger, RunWarning } from "./schema.ts";

/** A run that has ended, as those who asked to be told are told of it. */
export type EndedRun = {
  id: string;
  tenantId: string;
  pipelineId: string;
  pipelineVersion: number;
  status: RunStatus;
  trigger: RunTrigger;
  /** Grows with every start: a run that is retried may end again. */
  attempt: number;
  rows: { read: number; loaded: number; rejected: number };
  ledger: Ledger | null;
  error: RunError | null;
  warnings: RunWarning[];
  scheduledFor: Date | null;
  backfillId: string | null;
  startedAt: Date | null;
  finishedAt: Date;
};

const ENDED: RunStatus[] = ["completed", "completed_with_errors", "failed", "cancelled"];
/** One process at a time, so that what is told of a pipeline is told in the order in which it happened. */
const LOCK = 4_711_001;

/**
 * Hands runs that have ended, and of which nobody was told yet, to `write`, oldest first, of all tenants. What `write`
 * puts down and that they were noted is one transaction: a crash in between notes them again, and only once.
 * @returns how many there were; 0 also while another process is at it.
 */
export async function noteEndedRuns(
  db: Db,
  limit: number,
  write: (tx: Tx, runs: EndedRun[]) => Promise<void>,
): Promise<number> {
  const unnoted = { status: { in: ENDED }, notedAt: null, finishedAt: { not: null } };
  if (!(await db.run.findFirst({ where: unnoted, select: { id: true } }))) return 0;
  return db.$transaction(async (tx) => {
    const [lock] = await tx.$queryRaw<{ free: boolean }[]>`select pg_try_advisory_xact_lock(${LOCK}) as free`;
    if (!lock?.free) return 0;
    const rows = await tx.run.findMany({
      where: unnoted,
      orderBy: [{ finishedAt: "asc" }, { id: "asc" }],
      take: limit,
    });
    const runs = rows.map(
      ({
        rowsRead,
        rowsOut,
        rowsRejected,
        status,
        trigger,
        error,
        warnings,
        ledger,
        finishedAt,
        ...run
      }) => ({
        ...run,
        status: status as RunStatus,
        trigger: trigger as RunTrigger,
        rows: { read: Number(rowsRead), loaded: Number(rowsOut), rejected: Number(rowsRejected) },
        error: error as RunError | null,
        warnings: (warnings ?? []) as RunWarning[],
        ledger: ledger as Ledger | null,
        finishedAt: finishedAt ?? new Date(0),
      }),
    );
    await write(tx, runs);
    // A run that somebody began again meanwhile is noted when it ends again.
    await tx.$executeRaw`
      update "Run" r set "notedAt" = now()
      from unnest(${runs.map(({ id }) => id)}::text[], ${runs.map(({ attempt }) => attempt)}::int[]) as done (id, attempt)
      where r."id" = done.id and r."attempt" = done.attempt and r."finishedAt" is not null`;
    return runs.length;
  });
}
