import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { loadProposal } from "./load-proposal.ts";
import { ProposalParams, type ProposalView } from "./schema.ts";
import { viewOf } from "./view-proposal.ts";

/** One proposal, whole. @throws AppError `permission_denied`, `proposal_not_found` */
export async function getProposal({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string };
}): Promise<ProposalView> {
  requirePermission(ctx, "pipelines.read");
  const { id } = ProposalParams.parse(input);
  return viewOf(ctx, await loadProposal(ctx.db, ctx, id));
}
