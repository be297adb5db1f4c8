import { requirePermission } from "#lib/access/index.ts";
import type { Db, Tx } from "#lib/db.ts";
import { isAppError } from "#lib/errors.ts";
import type { Schedule } from "#lib/ir/schema.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { insertRun } from "./insert-run.ts";
import { timeAfter } from "./sync-schedule.ts";
import { systemCtx, within } from "./system-ctx.ts";
import { wakeWorkers } from "./wake.ts";

const PER_TICK = 100;

/**
 * Starts what is due at `now`, each schedule in a transaction of its own. Any number of nodes may tick at once: a row
 * is locked by one and skipped by the others, and the run's key names the due time. Times missed while nothing ticked
 * are made up for by one run; a schedule whose last run has not begun yet does not pile up another.
 * @returns how many runs were queued.
 */
export async function scheduleTick(db: Db, now: Date = new Date()): Promise<number> {
  let started = 0;
  for (let count = 0; count < PER_TICK; count += 1) {
    const result = await db.$transaction((tx) => startNext(tx, now));
    if (result === "none") break;
    if (result === "started") started += 1;
  }
  if (started > 0) wakeWorkers();
  return started;
}

type DueRow = { pipelineId: string; tenantId: string; spec: Schedule; nextRunAt: Date };

async function startNext(tx: Tx, now: Date): Promise<"none" | "started" | "skipped"> {
  const [due] = await tx.$queryRaw<DueRow[]>`
    select "pipelineId", "tenantId", "spec", "nextRunAt" from "Schedule"
    where "enabled" and "nextRunAt" <= ${now} order by "nextRunAt" limit 1 for update skip locked`;
  if (!due) return "none";
  const { pipelineId, tenantId, nextRunAt } = due;
  const next = timeAfter(due.spec, nextRunAt, now);
  await tx.schedule.update({
    where: { pipelineId },
    data: { nextRunAt: next, lastRunAt: nextRunAt },
  });
  const waiting = await tx.run.count({
    where: { tenantId, pipelineId, trigger: "schedule", status: "queued" },
  });
  if (waiting > 0) return "skipped";
  const key = `schedule:${pipelineId}:${nextRunAt.toISOString()}`;
  const ctx = within(systemCtx(tx as unknown as Db, tenantId, key), tx);
  requirePermission(ctx, "pipelines.run");
  const current = await loadVersion({ ctx, pipeline: pipelineId }).catch((error: unknown) => {
    if (isAppError(error)) return undefined;
    throw error;
  });
  if (!current?.executable) {
    await tx.schedule.update({ where: { pipelineId }, data: { nextRunAt: null } });
    return "skipped";
  }
  const { name, version, ir } = current;
  const run = await insertRun(tx, ctx, {
    pipelineId,
    name,
    version,
    ir,
    trigger: "schedule",
    idempotencyKey: key,
  });
  return run.existing ? "skipped" : "started";
}
