import { requirePermission } from "#lib/access/index.ts";
import { isDataError } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Prisma, Tx } from "#lib/db.ts";
import { AppError, type ProblemCode } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { loadReplayable, requestReplay } from "#lib/runs/index.ts";
import { openKept } from "../quarantine-content.ts";
import { WAITS } from "../quarantine-state.ts";
import type { QuarantineReplayed, ReplayQuarantineInput } from "../schema.ts";
import { type Place, placeKey } from "./place.ts";
import { needsWhole, planReplay, type ReplayPlan } from "./plan-replay.ts";
import { listRejectingNodes } from "./rejecting-nodes.ts";
import { releaseFailed, takenBy } from "./release-failed.ts";
import { refuseTooLate } from "./too-late.ts";

type Input = { runId: string } & ReplayQuarantineInput;

/**
 * Asks for a run that takes on rejected rows of another: those named, else all that wait, at most
 * `limits.replayRows`. Two requests at once take a row once.
 * @throws AppError `run_not_found`; `conflict` if none waits, or the run has not loaded its other rows;
 * `replay_needs_whole`, `replay_too_late`, `not_executable` where these rows cannot be loaded by themselves
 */
export async function replayQuarantine({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: Input;
}): Promise<QuarantineReplayed> {
  requirePermission(ctx, "quarantine.edit");
  const { runId, rowIds } = input;
  const run = await loadReplayable({ ctx, input });
  const [kept] = await releaseFailed({ ctx, input });
  const ids = await waiting(ctx.db, ctx, runId, rowIds);
  if (ids.length === 0) throw kept ? takenBy(kept, true) : nothingWaits();
  const replay = await planned(ctx, input, run, ids);
  let rows = 0;
  const { runId: replayRunId } = await requestReplay({
    ctx,
    input: {
      of: runId,
      run,
      steps: stepsOf(replay),
      take: async (tx, id) => {
        const data = { replayRunId: id };
        rows = (await tx.quarantineRow.updateMany({ where: { ...ofRun(ctx, runId), id: { in: ids } }, data }))
          .count;
        if (rows === 0) throw nothingWaits();
        const about = { entityType: "quarantine", entityId: runId };
        return { action: "quarantine.replayed", ...about, after: { replayRunId: id, rows } };
      },
    },
  });
  return { runId: replayRunId, rows };
}

const nothingWaits = () => new AppError("conflict", "None of these rows waits to be replayed");

const ofRun = ({ tenant: tenantId }: Pick<Ctx, "tenant">, runId: string): Prisma.QuarantineRowWhereInput => ({
  tenantId,
  runId,
  expiresAt: { gt: new Date() },
  ...WAITS,
});

async function waiting(
  db: Tx,
  ctx: Ctx,
  runId: string,
  rowIds: readonly string[] | undefined,
): Promise<string[]> {
  const rows = await db.quarantineRow.findMany({
    where: { ...ofRun(ctx, runId), ...(rowIds && { id: { in: [...rowIds] } }) },
    orderBy: { id: "asc" },
    take: limits.replayRows,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** The plan that the rows would go through, so that what cannot be is refused before a run is made of it. */
async function planned(
  ctx: Ctx,
  { runId }: Input,
  { plan, asked: { pipelineId } }: Awaited<ReturnType<typeof loadReplayable>>,
  ids: readonly string[],
): Promise<ReplayPlan> {
  try {
    const replay = planReplay(plan, await placesOf(ctx, ids), await listRejectingNodes(ctx, runId));
    await refuseTooLate(ctx, { runId, pipelineId, plan, reached: replay.reached });
    return replay;
  } catch (error) {
    if (!isDataError(error)) throw error;
    throw new AppError(error.code as ProblemCode, error.message, { cause: error });
  }
}

async function placesOf({ tenant, db }: Ctx, ids: readonly string[]): Promise<Place[]> {
  const places = new Map<string, Place>();
  for (let at = 0; at < ids.length; at += 500) {
    const rows = await db.quarantineRow.findMany({
      where: { tenantId: tenant, id: { in: ids.slice(at, at + 500) } },
      select: { id: true, nodeId: true, row: true },
    });
    for (const row of rows) {
      const kept = openKept(row, tenant);
      if (!kept?.columns) throw needsWhole("A row was kept in a form that cannot be replayed");
      const place = { nodeId: row.nodeId, ...(kept.op !== undefined && { op: kept.op }) };
      places.set(placeKey(place), place);
    }
  }
  return [...places.values()];
}

/** The nodes of a replay, each once. */
function stepsOf({ plan, nodeOf }: ReplayPlan) {
  return plan.steps
    .filter(({ nodeId }) => nodeOf(nodeId) === nodeId)
    .map(({ nodeId, kind }) => ({ nodeId, kind }));
}
