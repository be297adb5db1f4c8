import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import type { Catalogue } from "#lib/ir/schema.ts";
import type { BaseDocument } from "./base-document.ts";
import { checkPatch } from "./check-patch.ts";
import { loadProposal, lockProposal, type ProposalRow, patchOf } from "./load-proposal.ts";
import { auditProposal, recordProposal } from "./record-proposal.ts";
import type { ToldOf } from "./told-decisions.ts";
import { viewOf } from "./view-proposal.ts";

/**
 * The answer to applying a proposal whose base is no longer current: it becomes stale, and where its patch still fits
 * the current version a proposal of the same patch against that version stands ready for review.
 */
export async function staleProposal(
  ctx: Ctx,
  stale: ProposalRow,
  current: BaseDocument,
  catalogue: Catalogue,
): Promise<AppError> {
  const verdict = checkPatch(current, patchOf(stale), catalogue);
  const fits = verdict.ok && verdict.value.changes.length > 0 ? verdict.value : undefined;
  const rebasedId = await ctx.db.$transaction(async (tx) => {
    const row = await lockProposal(tx, ctx, stale.id);
    const before = await tx.proposal.findFirst({
      where: {
        tenantId: ctx.tenant,
        refinesId: row.id,
        baseVersion: current.version,
        outcome: "proposed",
        message: row.message,
      },
    });
    if (before) return before.id;
    if (row.outcome === "proposed") {
      const data = { outcome: "stale", decidedAt: new Date() };
      await tx.proposal.update({ where: { id: row.id, tenantId: ctx.tenant }, data });
      await auditProposal(tx, ctx, { ...row, outcome: "stale" }, current.name, {
        currentVersion: current.version,
      });
    }
    if (!fits) return undefined;
    return recordProposal(tx, ctx, {
      pipelineId: current.pipelineId,
      pipelineName: current.name,
      baseVersion: current.version,
      message: row.message,
      rationale: row.rationale,
      patch: fits.patch,
      resultingIr: fits.resultingIr,
      warnings: fits.warnings,
      errors: [],
      retries: 0,
      tokensUsed: 0,
      provider: row.provider,
      model: row.model,
      latencyMs: 0,
      outcome: "proposed",
      refinesId: row.id,
      told: (row.told ?? []) as ToldOf[],
    });
  });
  const rebased = rebasedId ? await viewOf(ctx, await loadProposal(ctx.db, ctx, rebasedId)) : null;
  const detail = rebased
    ? `The pipeline is at version ${current.version} now. The same change, made against it, is ready for review.`
    : `The pipeline is at version ${current.version} now, and the change no longer fits it. Ask for it anew.`;
  return new AppError("stale_proposal", detail, { members: { currentVersion: current.version, rebased } });
}
