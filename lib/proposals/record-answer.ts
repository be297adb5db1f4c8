import type { Ctx } from "#lib/context.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import type { CheckedPatch } from "./check-patch.ts";
import { cleanText, issueLine } from "./clean-text.ts";
import type { ProposalRequest } from "./proposal-request.ts";
import { recordProposal } from "./record-proposal.ts";
import type { LoopResult, Spent } from "./repair-loop.ts";
import type { AnsweredBy, ProposalPart } from "./schema.ts";
import { withoutSamples } from "./without-samples.ts";

/** Keeps what came of a request, and makes the answer of it. */
export async function recordAnswer(
  ctx: Ctx,
  request: ProposalRequest,
  result: LoopResult<CheckedPatch>,
  spent: Spent,
  by: AnsweredBy,
): Promise<ProposalPart> {
  const rationale = kept(request, result.rationale);
  const { told } = request.remembered;
  const common = { ...columns(request, spent, by), rationale, retries: result.retries };
  if (!result.ok) {
    const errors = result.issues.map(issueLine).map(cleanText);
    await ctx.db.$transaction((tx) =>
      recordProposal(tx, ctx, {
        ...common,
        patch: storable(spent.patch),
        warnings: [],
        errors,
        outcome: "failed",
      }),
    );
    const { retries } = result;
    return { answer: { ok: false, rationale, errors, retries, tokensUsed: spent.tokens }, by, told };
  }
  const { patch, resultingIr, warnings, changes } = result.value;
  const proposalId = await ctx.db.$transaction((tx) =>
    recordProposal(tx, ctx, { ...common, patch, resultingIr, warnings, errors: [], outcome: "proposed" }),
  );
  const answer = {
    ok: true as const,
    proposalId,
    baseVersion: request.base.version,
    rationale,
    patch,
    resultingIr,
    warnings,
    retries: result.retries,
    tokensUsed: spent.tokens,
    changes,
  };
  return { answer, by, told };
}

/** Errors are kept too, a caller that went away included. Failing to keep one may not hide the error itself. */
export async function recordError(
  ctx: Ctx,
  request: ProposalRequest,
  error: unknown,
  spent: Spent,
  by: AnsweredBy,
): Promise<void> {
  const code = isAppError(error) ? error.code : "stopped";
  const line = cleanText(`${code}: ${messageOf(error)}`);
  await ctx.db.$transaction((tx) =>
    recordProposal(tx, ctx, {
      ...columns(request, spent, by),
      rationale: kept(request, spent.rationale),
      retries: Math.max(0, spent.attempts - 1),
      patch: storable(spent.patch),
      warnings: [],
      errors: [line],
      outcome: "error",
    }),
  );
}

/** A rationale as it is kept and answered: no secrets, none of the rows that went along, not beyond measure. */
const kept = ({ document: { samples = [], ir } }: ProposalRequest, rationale: string): string =>
  cleanText(withoutSamples(rationale, samples, ir))
    .slice(0, limits.proposalAnswerChars)
    .toWellFormed();

const columns = (request: ProposalRequest, spent: Spent, { cost: _shown, ...by }: AnsweredBy) => ({
  pipelineId: request.base.pipelineId,
  pipelineName: request.base.name,
  baseVersion: request.base.version,
  message: request.message,
  tokensUsed: spent.tokens,
  inputTokens: spent.inputTokens,
  outputTokens: spent.outputTokens,
  refinesId: request.refinesId,
  told: request.remembered.kept,
  ...by,
});

/**
 * A refused patch as the database takes it: it was never checked for what JSON columns cannot hold, nor for its size.
 * Of one beyond measure its beginning is kept.
 */
function storable(patch: Spent["patch"]): Spent["patch"] {
  let room = limits.refusedChars;
  const kept = patch.slice(0, limits.refusedOperations).filter((op) => {
    room -= JSON.stringify(op).length;
    return room >= 0;
  });
  const text = JSON.stringify(kept).replace(/\\u(0000|d[89a-f][0-9a-f]{2})/gi, "\\ufffd");
  return JSON.parse(text) as Spent["patch"];
}
