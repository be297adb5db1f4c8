import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Db, Tx } from "#lib/db.ts";
import { isAppError } from "#lib/errors.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { dueTimes } from "./due-times.ts";
import { insertRun } from "./insert-run.ts";
import { timeAfter } from "./sync-schedule.ts";
import { systemCtx, within } from "./system-ctx.ts";
import { wakeWorkers } from "./wake.ts";

const PER_TICK = 100;

/**
 * Starts what is due at `now`, each schedule in a transaction of its own. Any number of nodes may tick at once: a row
 * is locked by one and skipped by the others, and the run's key names the time it stands for, so that a clock that is
 * put back starts nothing twice. What becomes of times that were missed, or that come during a run, the schedule says.
 * @returns how many runs were queued.
 */
export async function scheduleTick(db: Db, now: Date = new Date()): Promise<number> {
  let started = 0;
  for (let count = 0; count < PER_TICK; count += 1) {
    const runs = await db.$transaction((tx) => startNext(tx, now));
    if (runs === undefined) break;
    started += runs;
  }
  if (started > 0) wakeWorkers();
  return started;
}

type DueRow = { pipelineId: string; tenantId: string; spec: Schedule; nextRunAt: Date };

/** @returns how many runs the schedule that has waited longest gets; undefined if none is due. */
async function startNext(tx: Tx, now: Date): Promise<number | undefined> {
  const [due] = await tx.$queryRaw<DueRow[]>`
    select "pipelineId", "tenantId", "spec", "nextRunAt" from "Schedule"
    where "enabled" and "nextRunAt" <= ${now} order by "nextRunAt" limit 1 for update skip locked`;
  if (!due) return undefined;
  const { pipelineId, tenantId, spec } = due;
  const ctx = within(systemCtx(tx as unknown as Db, tenantId, `schedule:${pipelineId}`), tx);
  requirePermission(ctx, "pipelines.run");
  const current = await loadVersion({ ctx, pipeline: pipelineId }).catch((error: unknown) => {
    if (isAppError(error)) return undefined;
    throw error;
  });
  if (!current?.executable) {
    await tx.schedule.update({ where: { pipelineId }, data: { nextRunAt: null } });
    return 0;
  }
  const room = await roomFor(tx, due);
  const { times, leftOut } = dueTimes(spec, due.nextRunAt, now, room);
  let started = 0;
  let last: string | undefined;
  for (const time of times) {
    const run = await insertRun(tx, ctx, {
      ...{ pipelineId, name: current.name, version: current.version, ir: current.ir },
      trigger: "schedule",
      scheduledFor: time,
      idempotencyKey: `schedule:${pipelineId}:${time.toISOString()}`,
    });
    if (!run.existing) started += 1;
    last = run.runId;
  }
  if (leftOut && last) await tellOf(tx, ctx, last, leftOut.why);
  await tx.schedule.update({
    where: { pipelineId },
    data: {
      nextRunAt: timeAfter(spec, due.nextRunAt, now),
      ...(times.length > 0 && { lastRunAt: times.at(-1) }),
      ...(leftOut && { leftOutAt: leftOut.at, leftOut: leftOut.why }),
    },
  });
  return started;
}

/** How many runs the schedule may add to those that wait or are under way; a number below 1 says none. */
async function roomFor(tx: Tx, { tenantId, pipelineId, spec }: DueRow): Promise<number> {
  const ofPipeline = { tenantId, pipelineId };
  if (spec.overlap === "skip") {
    const busy = await tx.run.count({
      where: { ...ofPipeline, status: { in: ["queued", "running"] }, backfillId: null },
    });
    return 1 - busy;
  }
  const waiting = await tx.run.count({ where: { ...ofPipeline, trigger: "schedule", status: "queued" } });
  return (spec.onMissed === "all" ? limits.missedRuns : 1) - waiting;
}

async function tellOf(tx: Tx, { tenant }: Ctx, runId: string, message: string): Promise<void> {
  await tx.runLog.create({ data: { runId, tenantId: tenant, level: "warn", message } });
}
