import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { loadCatalogue } from "#lib/runs/index.ts";
import { findBase } from "./base-document.ts";
import { choosePatch } from "./chosen-patch.ts";
import { loadProposal } from "./load-proposal.ts";
import { PreviewProposalInput } from "./schema.ts";

/** What a dry run compares. `before` is absent for a new pipeline. */
export type PreviewDocuments = { before?: PipelineIr; after: PipelineIr; rows?: number };

/**
 * The documents before and after a proposal, or after some of its changes, for the runtime to try out.
 * @throws AppError `permission_denied`, `proposal_not_found`, `pipeline_not_found`, `conflict`, `bad_request`, `invalid_ir`
 */
export async function previewDocuments({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: PreviewProposalInput;
}): Promise<PreviewDocuments> {
  requirePermission(ctx, "proposals.create");
  const { id, changes, rows } = PreviewProposalInput.parse(input);
  const row = await loadProposal(ctx.db, ctx, id);
  if (row.resultingIr === null) throw new AppError("conflict", "The proposal has no result to preview.");
  const base = await findBase(ctx, row);
  if (!base) throw new AppError("pipeline_not_found", "The pipeline of this proposal is gone.");
  const chosen = choosePatch(row, base, base, await loadCatalogue(ctx), changes);
  return { before: base.pipelineId ? base.ir : undefined, after: chosen.resultingIr, rows };
}
