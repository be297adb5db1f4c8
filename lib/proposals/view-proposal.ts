import type { Ctx } from "#lib/context.ts";
import { describeChanges } from "#lib/ir/index.ts";
import type { Issue, PipelineIr } from "#lib/ir/schema.ts";
import { findBase } from "./base-document.ts";
import { type CostOfRow, presentCost } from "./cost.ts";
import { type ProposalRow, patchOf } from "./load-proposal.ts";
import type { ProposalOutcome, ProposalSummary, ProposalView } from "./schema.ts";
import { toldDecisions } from "./told-decisions.ts";

/** A stored proposal as one line of a list. */
export function summaryOf(row: ProposalRow, cost: CostOfRow): ProposalSummary {
  return {
    id: row.id,
    pipelineId: row.pipelineId,
    baseVersion: row.baseVersion,
    message: row.message,
    rationale: row.rationale,
    outcome: row.outcome as ProposalOutcome,
    reason: row.reason,
    appliedVersion: row.appliedVersion,
    refinesId: row.refinesId,
    operations: patchOf(row).length,
    retries: row.retries,
    tokensUsed: row.tokensUsed,
    cost: cost(row),
    provider: row.provider,
    model: row.model,
    latencyMs: row.latencyMs,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    decidedAt: row.decidedAt?.toISOString() ?? null,
  };
}

/** A stored proposal whole, with the document that it was made against and its changes. */
export async function viewOf(ctx: Ctx, row: ProposalRow): Promise<ProposalView> {
  const base = await findBase(ctx, row);
  const resultingIr = row.resultingIr as unknown as PipelineIr | null;
  const changes = base && resultingIr ? describeChanges(base.ir, { ...resultingIr, id: base.ir.id }) : [];
  return {
    ...summaryOf(row, await presentCost(ctx)),
    patch: patchOf(row),
    baseIr: base?.ir ?? null,
    resultingIr,
    changes,
    warnings: row.warnings as unknown as Issue[],
    errors: row.errors as unknown as string[],
    told: await toldDecisions(ctx, row),
  };
}
