import type { Ctx } from "#lib/context.ts";
import { isAppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { getRunProgress, listRuns } from "#lib/runs/index.ts";
import type { RunSummary } from "#lib/runs/schema.ts";
import { cleanText } from "./clean-text.ts";
import type { ProposalRow } from "./load-proposal.ts";
import type { Told } from "./schema.ts";

/** What is kept of what a model was told: ids alone, so that what is erased there is erased here. */
export type ToldOf = { proposal?: string; run?: string; related: boolean };

/** The columns of a decided proposal that are told. */
export const DECIDED = {
  ...{ id: true, message: true, outcome: true, reason: true },
  ...{ createdAt: true, createdBy: true, decidedAt: true, decidedBy: true, decidedByName: true },
} as const;

/** A decided proposal, as it is told. */
export function toldProposal(row: Pick<ProposalRow, keyof typeof DECIDED>): Told {
  return {
    proposalId: row.id,
    runId: null,
    outcome: row.outcome === "applied" ? "applied" : "rejected",
    asked: row.message,
    reason: row.reason,
    at: (row.decidedAt ?? row.createdAt).toISOString(),
    by: row.decidedByName ?? row.decidedBy ?? row.createdBy,
  };
}

/** The latest runs of a pipeline that failed: which version, where and why; no rows. */
export async function latestFailures(ctx: Ctx, pipelineId: string) {
  const { data } = await listRuns({
    ctx,
    input: { pipeline: pipelineId, status: "failed", limit: limits.failedRunsTold },
  });
  if (data.length === 0) return [];
  const versions = data.map((run) => run.pipelineVersion);
  const made = await ctx.db.proposal.findMany({
    where: { tenantId: ctx.tenant, pipelineId, appliedVersion: { in: versions } },
    select: { id: true, appliedVersion: true },
  });
  return data.map((run) => ({
    told: toldRun(run, made.find((one) => one.appliedVersion === run.pipelineVersion)?.id),
    node: run.error?.nodeId,
    version: run.pipelineVersion,
  }));
}

function toldRun(run: RunSummary, proposalId: string | undefined): Told {
  const { message = "", nodeId } = run.error ?? {};
  return {
    proposalId: proposalId ?? null,
    runId: run.runId,
    outcome: "failed_run",
    asked: `run of version ${run.pipelineVersion}`,
    reason: cleanText(nodeId && message ? `${nodeId}: ${message}` : message) || null,
    at: run.finishedAt ?? run.queuedAt,
    by: run.requestedByName ?? run.requestedBy,
  };
}

/** What the model of a stored proposal was told that was to the point, as it stands now. */
export async function toldDecisions(ctx: Ctx, row: Pick<ProposalRow, "told">): Promise<Told[]> {
  const kept = ((row.told ?? []) as ToldOf[]).filter(({ related }) => related);
  const ids = kept.flatMap(({ proposal }) => proposal ?? []);
  const rows = ids.length
    ? await ctx.db.proposal.findMany({ where: { tenantId: ctx.tenant, id: { in: ids } }, select: DECIDED })
    : [];
  const told = await Promise.all(
    kept.map(async ({ proposal, run }) => {
      if (run) return toldFailure(ctx, run);
      const found = rows.find(({ id }) => id === proposal);
      return found ? toldProposal(found) : undefined;
    }),
  );
  return told.filter((one) => one !== undefined);
}

async function toldFailure(ctx: Ctx, runId: string): Promise<Told | undefined> {
  try {
    const run = await getRunProgress({ ctx, input: { runId } });
    const made = await ctx.db.proposal.findFirst({
      where: { tenantId: ctx.tenant, pipelineId: run.pipelineId, appliedVersion: run.pipelineVersion },
      select: { id: true },
    });
    return toldRun(run, made?.id);
  } catch (error) {
    if (isAppError(error) && error.status === 404) return undefined;
    throw error;
  }
}
