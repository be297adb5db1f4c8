import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Db, Prisma, Tx } from "#lib/db.ts";
import { isAppError } from "#lib/errors.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { insertRun } from "./insert-run.ts";
import { systemCtx, within } from "./system-ctx.ts";
import { wakeWorkers } from "./wake.ts";

const PER_TICK = 100;

/**
 * Gives every backfill whose pipeline is idle its next run, or its end. Only then: so its runs go one after another,
 * and what a schedule or a person asks for comes first. The run's key names backfill and time; any number of nodes may
 * call this at once.
 * @returns how many runs were queued.
 */
export async function advanceBackfills(db: Db): Promise<number> {
  let made = 0;
  const seen: string[] = [];
  while (seen.length < PER_TICK) {
    const step = await db.$transaction((tx) => advanceNext(tx, seen));
    if (!step) break;
    seen.push(step.backfillId);
    made += step.made;
  }
  if (made > 0) wakeWorkers();
  return made;
}

/** @param seen backfills that have had their turn already. */
async function advanceNext(
  tx: Tx,
  seen: string[],
): Promise<{ backfillId: string; made: number } | undefined> {
  const [idle] = await tx.$queryRaw<{ id: string }[]>`
    select b."id" from "Backfill" b where b."status" = 'running' and b."id" <> all (${seen}::text[])
      and not exists (select 1 from "Run" r where r."tenantId" = b."tenantId" and r."pipelineId" = b."pipelineId"
        and r."status" in ('queued', 'running'))
    order by b."createdAt" limit 1 for update of b skip locked`;
  if (!idle) return undefined;
  const row = await tx.backfill.findUniqueOrThrow({ where: { id: idle.id } });
  const ctx = within(systemCtx(tx as unknown as Db, row.tenantId, `backfill:${row.id}`), tx);
  requirePermission(ctx, "pipelines.run");
  const made = await makeRun(tx, ctx, row);
  return { backfillId: row.id, made };
}

async function makeRun(tx: Tx, ctx: Ctx, row: Prisma.BackfillGetPayload<object>): Promise<number> {
  const { pipelineId } = row;
  const current = await loadVersion({ ctx, pipeline: pipelineId }).catch((error: unknown) => {
    if (isAppError(error)) return undefined;
    throw error;
  });
  const time = row.times[row.made];
  if (!time) {
    await tx.backfill.update({
      where: { id: row.id },
      data: { status: "completed", activeFor: null, finishedAt: new Date() },
    });
    await emitAudit(tx, ctx, {
      action: "backfill.finished",
      entityType: "pipeline",
      entityId: pipelineId,
      entityName: current?.name,
      after: { backfillId: row.id, times: row.times.length },
    });
    return 0;
  }
  // A draft is waited for; the backfill goes on with the version that can be run.
  if (!current?.executable) return 0;
  await tx.backfill.update({ where: { id: row.id }, data: { made: { increment: 1 } } });
  await insertRun(tx, ctx, {
    ...{ pipelineId, name: current.name, version: current.version, ir: current.ir },
    trigger: "backfill",
    scheduledFor: time,
    backfillId: row.id,
    idempotencyKey: `backfill:${row.id}:${time.toISOString()}`,
  });
  return 1;
}
