import { requirePermission } from "#lib/access/index.ts";
import { emitAudits } from "#lib/audit/index.ts";
import type { Db, Tx } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import type { TimedSchedule } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { type LoadedVersion, loadCurrentVersions } from "#lib/pipelines/index.ts";
import { dueTimes } from "./due-times.ts";
import { type AskedRun, addRuns, stepsOf } from "./insert-run.ts";
import { timeAfter } from "./sync-schedule.ts";
import { systemCtx, within } from "./system-ctx.ts";
import { wakeWorkers } from "./wake.ts";

/** Schedules that one transaction starts. */
const BATCH = 200;
const BATCHES = 10;

/**
 * Starts what is due at `now`, many schedules in a transaction, whatever their tenants. Any number of nodes may tick
 * at once: a row is locked by one and skipped by the others, and the run's key names the time it stands for, so that
 * a clock that is put back starts nothing twice. What becomes of times that were missed, or that come during a run,
 * the schedule says.
 * @returns how many runs were queued.
 */
export async function scheduleTick(db: Db, now: Date = new Date()): Promise<number> {
  let started = 0;
  for (let count = 0; count < BATCHES; count += 1) {
    const batch = await db.$transaction((tx) => startDue(tx, now));
    if (batch.started > 0) wakeWorkers();
    started += batch.started;
    if (batch.claimed < BATCH) break;
  }
  return started;
}

type DueRow = { pipelineId: string; tenantId: string; spec: TimedSchedule; nextRunAt: Date };

/** What becomes of one due schedule: its runs, its row, and a line for the log of the last run. */
type Start = {
  runs: AskedRun[];
  row: {
    pipelineId: string;
    nextRunAt: Date | null;
    lastRunAt?: Date;
    leftOutAt?: Date;
    leftOut?: string;
  };
};

async function startDue(tx: Tx, now: Date): Promise<{ claimed: number; started: number }> {
  const due = await tx.$queryRaw<DueRow[]>`
    select "pipelineId", "tenantId", "spec", "nextRunAt" from "Schedule"
    where "enabled" and "nextRunAt" <= ${now} and "spec"->>'kind' <> 'file_arrival'
    order by "nextRunAt" limit ${BATCH} for update skip locked`;
  if (due.length === 0) return { claimed: 0, started: 0 };
  const [versions, rooms] = [await loadCurrentVersions(tx, due), await roomsFor(tx, due)];
  const starts = due.map((row) => startOf(tx, row, { now, version: versions.get(row.pipelineId), rooms }));
  const { requested, audits } = await addRuns(
    tx,
    starts.flatMap(({ runs }) => runs),
  );
  await tellWhatIsLeftOut(
    tx,
    starts,
    requested.map(({ runId }) => runId),
  );
  await keepRows(
    tx,
    starts.map(({ row }) => row),
  );
  await emitAudits(tx, audits);
  return { claimed: due.length, started: requested.filter(({ existing }) => !existing).length };
}

function startOf(
  tx: Tx,
  due: DueRow,
  {
    now,
    version,
    rooms,
  }: { now: Date; version: LoadedVersion | undefined; rooms: ReadonlyMap<string, number> },
): Start {
  const { pipelineId, tenantId, spec, nextRunAt } = due;
  // A draft has no next time, and one that is deleted none either.
  if (!version?.executable) return { runs: [], row: { pipelineId, nextRunAt: null } };
  const ctx = within(systemCtx(tx as unknown as Db, tenantId, `schedule:${pipelineId}`), tx);
  requirePermission(ctx, "pipelines.run");
  try {
    const { times, leftOut } = dueTimes(spec, nextRunAt, now, rooms.get(pipelineId) ?? 0);
    const steps = stepsOf(version.ir);
    return {
      runs: times.map((time) => ({
        ...{ ctx, steps },
        run: {
          ...{ pipelineId, name: version.name, version: version.version, ir: version.ir },
          trigger: "schedule",
          scheduledFor: time,
          idempotencyKey: `schedule:${pipelineId}:${time.toISOString()}`,
        },
      })),
      row: {
        pipelineId,
        nextRunAt: timeAfter(spec, nextRunAt, now),
        lastRunAt: times.at(-1),
        ...(leftOut && { leftOutAt: leftOut.at, leftOut: leftOut.why }),
      },
    };
  } catch (error) {
    // One schedule that cannot be worked out must not keep the others from starting.
    log.error({ err: error, pipelineId }, "a schedule could not be worked out; it is stopped");
    const leftOut = `The schedule could not be worked out: ${messageOf(error)}`;
    return { runs: [], row: { pipelineId, nextRunAt: null, leftOutAt: now, leftOut } };
  }
}

/** How many runs each schedule may add to those that wait or are under way; a number below 1 says none. */
async function roomsFor(tx: Tx, due: readonly DueRow[]): Promise<Map<string, number>> {
  const rows = await tx.$queryRaw<{ pipelineId: string; busy: number; waiting: number }[]>`
    select "pipelineId", count(*) filter (where "backfillId" is null)::int as "busy",
      count(*) filter (where "status" = 'queued' and "trigger" = 'schedule')::int as "waiting"
    from "Run" where "status" in ('queued', 'running')
      and "tenantId" = any (${due.map(({ tenantId }) => tenantId)}::text[])
      and "pipelineId" = any (${due.map(({ pipelineId }) => pipelineId)}::text[])
    group by "pipelineId"`;
  const known = new Map(rows.map((row) => [row.pipelineId, row]));
  return new Map(
    due.map(({ pipelineId, spec }) => {
      const { busy = 0, waiting = 0 } = known.get(pipelineId) ?? {};
      if (spec.overlap === "skip") return [pipelineId, 1 - busy];
      return [pipelineId, (spec.onMissed === "all" ? limits.missedRuns : 1) - waiting];
    }),
  );
}

/** @param runIds those of all starts, in their order. */
async function tellWhatIsLeftOut(tx: Tx, starts: readonly Start[], runIds: readonly string[]): Promise<void> {
  let count = 0;
  const data = starts.flatMap(({ runs, row }) => {
    count += runs.length;
    const [runId, asked] = [runIds[count - 1], runs.at(-1)];
    if (!asked || runId === undefined || row.leftOut === undefined) return [];
    return [{ runId, tenantId: asked.ctx.tenant, level: "warn", message: row.leftOut }];
  });
  if (data.length > 0) await tx.runLog.createMany({ data });
}

async function keepRows(tx: Tx, rows: readonly Start["row"][]): Promise<void> {
  await tx.$executeRaw`
    update "Schedule" s set "nextRunAt" = r."nextRunAt", "updatedAt" = now(),
      "lastRunAt" = coalesce(r."lastRunAt", s."lastRunAt"),
      "leftOutAt" = coalesce(r."leftOutAt", s."leftOutAt"), "leftOut" = coalesce(r."leftOut", s."leftOut")
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r ("pipelineId" text, "nextRunAt" timestamptz,
      "lastRunAt" timestamptz, "leftOutAt" timestamptz, "leftOut" text)
    where s."pipelineId" = r."pipelineId"`;
}
