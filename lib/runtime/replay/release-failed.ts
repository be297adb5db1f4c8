import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import { isDataError } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError, isAppError } from "#lib/errors.ts";
import { listRunStates, loadReplayable, lockFailed } from "#lib/runs/index.ts";
import { wasLoaded } from "../loaders/was-loaded.ts";
import { TAKEN } from "../quarantine-state.ts";
import { resolveDestination } from "../resolve-destination.ts";

/**
 * Lets go of the rows that replays of a run took on and failed with, so that they can be taken again. The rows of a
 * replay that has loaded into one of its targets stay with it: retrying it loads the others.
 * @returns the replays that keep their rows.
 */
export async function releaseFailed({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string };
}): Promise<string[]> {
  requirePermission(ctx, "quarantine.edit");
  const taken = await ctx.db.quarantineRow.findMany({
    where: { tenantId: ctx.tenant, runId: input.runId, ...TAKEN },
    distinct: ["replayRunId"],
    select: { replayRunId: true },
  });
  const replays = taken.flatMap(({ replayRunId }) => replayRunId ?? []);
  const states = await listRunStates({ ctx, input: { runIds: replays } });
  const keeping: string[] = [];
  for (const replayRunId of replays) {
    const status = states.get(replayRunId);
    if (status && status !== "failed" && status !== "cancelled") continue;
    if (await hasLoaded(ctx, input.runId, replayRunId)) keeping.push(replayRunId);
    else await release(ctx, input.runId, replayRunId);
  }
  return keeping;
}

async function release(ctx: Ctx, runId: string, replayRunId: string): Promise<void> {
  await ctx.db.$transaction(async (tx) => {
    if (!(await lockFailed(tx, ctx, replayRunId))) return;
    const { count } = await tx.quarantineRow.updateMany({
      where: { tenantId: ctx.tenant, runId, ...TAKEN, replayRunId },
      data: { replayRunId: null },
    });
    if (count > 0)
      await emitAudit(tx, ctx, {
        action: "quarantine.released",
        entityType: "quarantine",
        entityId: runId,
        after: { replayRunId, rows: count },
      });
  });
}

/** Whether a replay has committed a target, by the marks in its destinations. What cannot be asked may have. */
async function hasLoaded(ctx: Ctx, runId: string, replayRunId: string): Promise<boolean> {
  try {
    const { plan } = await loadReplayable({ ctx, input: { runId } });
    for (const step of plan.steps)
      if (step.kind === "target") {
        const destination = await resolveDestination(ctx, step.destination);
        if (await wasLoaded(destination, { runId: replayRunId, step })) return true;
      }
    return false;
  } catch (error) {
    if (isDataError(error) || (isAppError(error) && error.code !== "internal")) return true;
    throw error;
  }
}

/** The refusal of a row that cannot be touched now. */
export const takenBy = (replayRunId: string, kept: boolean): AppError =>
  new AppError(
    "conflict",
    kept ? "The replay that took this row on has loaded a part: retry that run" : "The row is being replayed",
    { members: { replayRunId } },
  );
