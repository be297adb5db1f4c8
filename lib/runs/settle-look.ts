import { requirePermission } from "#lib/access/index.ts";
import { emitAudits } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Db, Tx } from "#lib/db.ts";
import { nextDeadline } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import { type LoadedVersion, loadCurrentVersions } from "#lib/pipelines/index.ts";
import { type Arrivals, afterLook, type ClaimedLook, type LookOutcome, noArrivals } from "./arrivals.ts";
import { endRun } from "./finish-run.ts";
import { type AuditOf, addRuns } from "./insert-run.ts";
import { systemCtx, within } from "./system-ctx.ts";
import { wakeWorkers } from "./wake.ts";

type Row = { arrivals: Arrivals | null; deadlineAt: Date | null };

/**
 * Writes down what came of a look, in one transaction: what was seen, a run if files arrived, a failed run if none was
 * there by the deadline. A look whose schedule was paused, changed or looked at anew meanwhile changes nothing.
 * @param outcome undefined where the pipeline has no version that could run.
 */
export async function settleLook(
  db: Db,
  claimed: ClaimedLook,
  { outcome, now }: { outcome: LookOutcome | undefined; now: Date },
): Promise<void> {
  const { pipelineId, tenantId, nextRunAt } = claimed;
  const requested = await db.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<Row[]>`
      select "arrivals", "deadlineAt" from "Schedule" where "pipelineId" = ${pipelineId}
        and "tenantId" = ${tenantId} and "enabled" and "nextRunAt" = ${nextRunAt} for update`;
    if (!row) return false;
    const version = (await loadCurrentVersions(tx, [claimed])).get(pipelineId);
    if (!outcome || !version?.executable) {
      await tx.schedule.update({ where: { pipelineId }, data: { nextRunAt: null } });
      return false;
    }
    return settle(tx, claimed, { row, version, outcome, now });
  });
  if (requested) wakeWorkers();
}

async function settle(
  tx: Tx,
  { pipelineId, tenantId, spec, nextRunAt }: ClaimedLook,
  { row, version, outcome, now }: { row: Row; version: LoadedVersion; outcome: LookOutcome; now: Date },
): Promise<boolean> {
  const ctx = within(systemCtx(tx as unknown as Db, tenantId, `schedule:${pipelineId}`), tx);
  requirePermission(ctx, "pipelines.run");
  const deadline = row.deadlineAt && row.deadlineAt <= now ? row.deadlineAt : undefined;
  const { arrivals, arrived, ...told } = afterLook(row.arrivals ?? noArrivals(), outcome, { now, deadline });
  const of = { pipelineId, name: version.name, version: version.version, ir: version.ir };
  const audits: AuditOf[] = [];
  // A run that still waits reads these files too; claiming it waits for the lock.
  const requested = arrived.length > 0 && !(await lockWaitingRun(tx, ctx, pipelineId));
  if (requested) {
    const idempotencyKey = `arrival:${pipelineId}:${nextRunAt.toISOString()}`;
    const run = { ...of, trigger: "schedule", scheduledFor: now, idempotencyKey } as const;
    audits.push(...(await addRuns(tx, [{ ctx, run }])).audits);
  }
  const missed = told.missed ? deadline : undefined;
  const why = missed && missedBecause(spec, missed, outcome);
  const deadlineAt = deadline ? (nextDeadline(spec, now) ?? null) : row.deadlineAt;
  await tx.schedule.update({
    where: { pipelineId },
    data: {
      arrivals,
      nextRunAt: nextLook(arrivals, { regular: nextRunAt, deadlineAt, now }),
      deadlineAt,
      ...(arrived.length > 0 && { lastRunAt: now }),
      ...(missed && { leftOutAt: missed, leftOut: why }),
    },
  });
  await emitAudits(tx, audits);
  if (missed && why && spec.deadline?.onMiss !== "skip") await failFor(tx, ctx, { of, missed, why });
  return requested;
}

/** The next look comes sooner where a file has yet to stand still, and not after the next deadline. */
function nextLook(
  { moving }: Arrivals,
  { regular, deadlineAt, now }: { regular: Date; deadlineAt: Date | null; now: Date },
): Date {
  const soon = moving.length > 0 ? now.getTime() + limits.standStillMs : regular.getTime();
  return new Date(Math.min(regular.getTime(), soon, deadlineAt?.getTime() ?? Number.POSITIVE_INFINITY));
}

async function lockWaitingRun(tx: Tx, { tenant }: Ctx, pipelineId: string): Promise<boolean> {
  const waiting = await tx.$queryRaw<unknown[]>`
    select 1 from "Run" where "tenantId" = ${tenant} and "pipelineId" = ${pipelineId}
      and "status" = 'queued' and "trigger" = 'schedule' and "retryAt" is null limit 1 for update`;
  return waiting.length > 0;
}

function missedBecause({ deadline }: ClaimedLook["spec"], missed: Date, outcome: LookOutcome): string {
  const by = `${deadline?.time ?? ""} ${deadline?.timezone ?? "UTC"} (${missed.toISOString()})`;
  if ("problem" in outcome)
    return `No file was found by ${by}, and the last look failed: ${outcome.problem.message}`;
  return `No file arrived by ${by}`;
}

type NewMiss = {
  of: { pipelineId: string; name: string; version: number; ir: LoadedVersion["ir"] };
  missed: Date;
  why: string;
};

/** A run that failed before it began, once for each deadline. */
async function failFor(tx: Tx, ctx: Ctx, { of, missed, why }: NewMiss): Promise<void> {
  const idempotencyKey = `deadline:${of.pipelineId}:${missed.toISOString()}`;
  const run = { ...of, trigger: "schedule", scheduledFor: missed, idempotencyKey } as const;
  const { requested, audits } = await addRuns(tx, [{ ctx, run }]);
  const [made] = requested;
  if (!made || made.existing) return;
  await emitAudits(tx, audits);
  const error = { code: "file_missed_deadline", message: why };
  await tx.runLog.create({
    data: {
      runId: made.runId,
      tenantId: ctx.tenant,
      level: "error",
      message: why,
      data: { code: error.code },
    },
  });
  await endRun(tx, { tenant: ctx.tenant, runId: made.runId }, { status: "failed", error });
}
