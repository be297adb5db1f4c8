import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { findBase } from "./base-document.ts";
import { cleanText } from "./clean-text.ts";
import { decidedNow, loadProposal, lockProposal, type ProposalRow } from "./load-proposal.ts";
import { logDecisionsSoon } from "./log-decisions.ts";
import { auditProposal } from "./record-proposal.ts";
import { type ProposalView, RejectProposalInput } from "./schema.ts";
import { viewOf } from "./view-proposal.ts";

/**
 * Turns a proposal down; the reason is shown to the assistant the next time. Rejecting again keeps the latest reason.
 * @throws AppError `permission_denied`, `proposal_not_found`, `conflict` when it was applied.
 */
export async function rejectProposal({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: RejectProposalInput;
}): Promise<ProposalView> {
  requirePermission(ctx, "proposals.decide");
  const { id, reason: given } = RejectProposalInput.parse(input);
  const reason = cleanText(given);
  const name = await pipelineName(ctx, await loadProposal(ctx.db, ctx, id));
  const row = await ctx.db.$transaction(async (tx): Promise<ProposalRow> => {
    const found = await lockProposal(tx, ctx, id);
    if (found.outcome === "applied") {
      throw new AppError("conflict", `The proposal was applied as version ${found.appliedVersion}.`);
    }
    if (found.outcome === "rejected" && found.reason === reason) return found;
    const data = { outcome: "rejected", reason, ...decidedNow(ctx) };
    const updated = await tx.proposal.update({ where: { id: found.id, tenantId: ctx.tenant }, data });
    await auditProposal(tx, ctx, { ...updated, outcome: "rejected" }, name, { reason });
    return updated;
  });
  logDecisionsSoon(ctx.db);
  return viewOf(ctx, row);
}

/** What the pipeline is called; of one that is gone what the proposal called it. */
async function pipelineName(ctx: Ctx, row: ProposalRow): Promise<string | undefined> {
  const base = await findBase(ctx, row);
  return base?.name ?? (row.resultingIr as unknown as PipelineIr | null)?.metadata.name;
}
