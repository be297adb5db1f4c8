import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError, isAppError } from "#lib/errors.ts";
import { applyPatch } from "#lib/json-patch/index.ts";
import { type BaseDocument, loadBase } from "./base-document.ts";
import { cleanText } from "./clean-text.ts";
import { loadProposal, patchOf } from "./load-proposal.ts";
import { logDecisionsSoon } from "./log-decisions.ts";
import { recordProposal } from "./record-proposal.ts";
import { rejectProposal } from "./reject-proposal.ts";
import { FeedbackInput } from "./schema.ts";

/**
 * Keeps why a proposal was rejected. The proposal is found by its id, else by its patch among the pipeline's open ones;
 * one that we do not know (made elsewhere) is stored as rejected, so that its reason counts the next time.
 * @throws AppError `permission_denied`, `proposal_not_found`, `bad_request`, `conflict`
 */
export async function recordFeedback({ ctx, input }: { ctx: Ctx; input: FeedbackInput }): Promise<void> {
  requirePermission(ctx, "proposals.decide");
  const feedback = FeedbackInput.parse(input);
  const { reason } = feedback;
  if (feedback.proposalId) {
    const named = await loadProposal(ctx.db, ctx, feedback.proposalId);
    const said = feedback.pipelineId ? await loadBase(ctx, feedback.pipelineId) : undefined;
    if (said && said.pipelineId !== named.pipelineId) {
      throw new AppError("bad_request", "The proposal belongs to another pipeline.");
    }
    await rejectProposal({ ctx, input: { id: named.id, reason } });
    return;
  }
  const base = await baseOrNone(ctx, feedback.pipelineId);
  const known = base && (await findOpen(ctx, base, feedback));
  if (known) {
    await rejectProposal({ ctx, input: { id: known.id, reason } });
    return;
  }
  await ctx.db.$transaction((tx) =>
    recordProposal(tx, ctx, {
      pipelineId: base?.pipelineId,
      pipelineName: base?.name ?? feedback.pipelineId ?? "",
      baseVersion: base?.version ?? 0,
      message: "",
      rationale: cleanText(feedback.rationale),
      patch: feedback.patch,
      warnings: [],
      errors: [],
      retries: 0,
      tokensUsed: 0,
      provider: "unknown",
      model: "unknown",
      latencyMs: 0,
      outcome: "rejected",
      reason: cleanText(reason),
    }),
  );
  logDecisionsSoon(ctx.db);
}

/** The pipeline's latest open proposal of this patch; an answer that changes nothing is known by its words. */
async function findOpen(ctx: Ctx, { pipelineId }: BaseDocument, { patch, rationale }: FeedbackInput) {
  const open = await ctx.db.proposal.findMany({
    where: { tenantId: ctx.tenant, pipelineId: pipelineId ?? null, outcome: "proposed" },
    orderBy: { createdAt: "desc" },
    take: 50,
  });
  const said = cleanText(rationale);
  return open.find((row) => isSame(patchOf(row), patch) && (patch.length > 0 || row.rationale === said));
}

/** JSON equality, whatever the order of keys: a patch whose `test` holds against the other. */
const isSame = (one: unknown, other: unknown) =>
  applyPatch({ patch: one }, [{ op: "test", path: "/patch", value: other }]).ok;

/** A pipeline that we do not have is no reason to lose what was said about it. */
async function baseOrNone(ctx: Ctx, pipeline: string | undefined): Promise<BaseDocument | undefined> {
  try {
    return await loadBase(ctx, pipeline);
  } catch (error) {
    if (!isAppError(error) || error.code !== "pipeline_not_found") throw error;
    return undefined;
  }
}
