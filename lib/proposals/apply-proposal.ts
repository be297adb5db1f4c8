import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError, isAppError } from "#lib/errors.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { loadCatalogue } from "#lib/runs/index.ts";
import { findBase, loadBase, newPipeline } from "./base-document.ts";
import { choosePatch } from "./chosen-patch.ts";
import { decidedNow, loadProposal, lockProposal, type ProposalRow } from "./load-proposal.ts";
import { logDecisionsSoon } from "./log-decisions.ts";
import { publishProposal } from "./publish-proposal.ts";
import { staleProposal } from "./rebase-proposal.ts";
import { auditProposal } from "./record-proposal.ts";
import { type AppliedProposal, ApplyProposalInput } from "./schema.ts";

/**
 * Makes a proposal, or some of its changes, the pipeline's next version; creates the pipeline if there is none yet.
 * Version, schedule, proposal and audit are written in one transaction. Applying it again gives the same version.
 * @throws AppError `permission_denied`, `proposal_not_found`, `pipeline_not_found`, `conflict` (not open),
 * `bad_request` or `invalid_ir` (the chosen changes do not stand alone), `stale_proposal` (see `StaleProposal`).
 */
export async function applyProposal({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: ApplyProposalInput;
}): Promise<AppliedProposal> {
  requirePermission(ctx, "proposals.decide");
  requirePermission(ctx, "pipelines.write");
  const { id, changes } = ApplyProposalInput.parse(input);
  const row = await loadProposal(ctx.db, ctx, id);
  if (row.outcome === "applied") return appliedBefore(ctx, row);
  requireOpen(row);
  const catalogue = await loadCatalogue(ctx);
  const current = row.baseVersion > 0 ? await loadBase(ctx, row.pipelineId) : newPipeline();
  if (current.version !== row.baseVersion) {
    // The newer version may be this very proposal's, applied since it was loaded.
    const now = await loadProposal(ctx.db, ctx, id);
    if (now.outcome === "applied") return appliedBefore(ctx, now);
    throw await staleProposal(ctx, row, current, catalogue);
  }
  const made = (await findBase(ctx, row)) ?? current;
  const chosen = choosePatch(row, made, current, catalogue, changes);
  if (chosen.changes.length === 0) throw new AppError("conflict", "The proposal changes nothing.");
  try {
    const raced = await ctx.db.$transaction(async (tx) => {
      const locked = await lockProposal(tx, ctx, row.id);
      if (locked.outcome === "applied") return { before: locked };
      requireOpen(locked);
      const saved = await publishProposal(tx, ctx, {
        base: current,
        ir: chosen.resultingIr,
        proposalId: row.id,
      });
      const updated = await tx.proposal.update({
        where: { id: row.id, tenantId: ctx.tenant },
        data: {
          outcome: "applied",
          appliedVersion: saved.version,
          pipelineId: saved.pipelineId,
          ...decidedNow(ctx),
        },
      });
      await auditProposal(tx, ctx, { ...updated, outcome: "applied" }, saved.name, {
        version: saved.version,
        changes: chosen.changes.map((change) => change.id),
        appliedPatch: chosen.patch,
      });
      return { saved };
    });
    if (raced.before) return appliedBefore(ctx, raced.before);
    logDecisionsSoon(ctx.db);
    const { pipelineId, name, version, executable } = raced.saved;
    return { proposalId: row.id, pipelineId, name, version, executable };
  } catch (error) {
    if (!isAppError(error) || error.code !== "stale_version") throw error;
    throw await staleProposal(ctx, row, await loadBase(ctx, row.pipelineId), catalogue);
  }
}

function requireOpen(row: ProposalRow): void {
  if (row.outcome === "proposed" || row.outcome === "stale") return;
  throw new AppError("conflict", `The proposal is ${row.outcome}: only an open one can be applied.`);
}

async function appliedBefore(ctx: Ctx, row: ProposalRow): Promise<AppliedProposal> {
  const found = await loadVersion({
    ctx,
    pipeline: row.pipelineId ?? "",
    version: row.appliedVersion ?? undefined,
  });
  const { pipelineId, name, version, executable } = found;
  return { proposalId: row.id, pipelineId, name, version, executable };
}
