import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError, isAppError, messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { chooseModel, generatePatch, type LanguageModel, requireStructuredOutput } from "#lib/model/index.ts";
import { takeSlot } from "#lib/rate-limit/index.ts";
import { type AiPrices, loadAiChoice } from "#lib/settings/index.ts";
import { type CheckedPatch, checkPatch } from "./check-patch.ts";
import { cleanText, issueLine } from "./clean-text.ts";
import { instructions, messages } from "./prompt.ts";
import { gatherRequest, type ProposalRequest } from "./proposal-request.ts";
import { recordProposal } from "./record-proposal.ts";
import { type LoopEvent, type LoopResult, nothingSpent, repairLoop, type Spent } from "./repair-loop.ts";
import { requireFlowIr } from "./require-flow-ir.ts";
import { rulesAssistant } from "./rules-assistant/rules-model.ts";
import { type AnsweredBy, PipelineChatInput, type ProposalPart } from "./schema.ts";

/** What happens while a proposal is made; `answer` comes last. */
export type ProposalEvent = LoopEvent | { type: "answer"; data: ProposalPart };

const HOUR = 3_600_000;

/**
 * Answers a message with a proposal. One generator feeds both the JSON and the streamed answer: wait for its first
 * event before choosing a status line, everything that is a status of its own is thrown before that.
 * Whatever comes of it is stored as a Proposal with one audit row. Leaving the generator stops the model.
 * @param stream ask the model piece by piece, and yield the pieces.
 * @param model instead of the one that the settings choose.
 * @throws AppError `permission_denied`, `flow_ir_disabled`, `pipeline_not_found`, `proposal_not_found`,
 * `stale_proposal`, `provider_unsupported_structured`, `rate_limited` (Retry-After), `provider_unavailable`.
 */
export async function* proposeChange(options: {
  ctx: Ctx;
  input: PipelineChatInput;
  stream?: boolean;
  model?: LanguageModel;
}): AsyncGenerator<ProposalEvent, void> {
  const { ctx, stream = false } = options;
  requirePermission(ctx, "proposals.create");
  await requireFlowIr(ctx);
  const input = PipelineChatInput.parse(options.input);
  const started = performance.now();
  const request = await gatherRequest(ctx, input);
  const { choice, prices } = await loadAiChoice({ ctx });
  const model = options.model ?? chooseModel(choice, rulesAssistant);
  const spent = nothingSpent();
  const by = (): AnsweredBy => ({
    provider: model.provider.split(".")[0] ?? model.provider,
    model: model.modelId,
    latencyMs: Math.round(performance.now() - started),
    cost: costOf(spent, prices),
  });
  const leaving = new AbortController();
  const timeout = AbortSignal.timeout(limits.proposalMs);
  const signal = AbortSignal.any([leaving.signal, timeout, ...(ctx.signal ? [ctx.signal] : [])]);
  let recorded = false;
  try {
    requireStructuredOutput(model);
    await takeProposalSlot(ctx);
    const events = repairLoop<CheckedPatch>({
      attempts: limits.proposalAttempts,
      spent,
      generate: (refused) =>
        generatePatch({
          model,
          instructions: instructions(),
          messages: messages(request.document, refused),
          signal,
          stream,
          span: { tenant: ctx.tenant, attempt: refused.length + 1 },
        }),
      check: (patch) => checkPatch(request.base, patch, request.catalogue, request.refined),
    });
    let event = await events.next();
    while (!event.done) {
      yield event.value;
      event = await events.next();
    }
    const part = await record(ctx, request, event.value, spent, by());
    recorded = true;
    yield { type: "answer", data: part };
  } catch (error) {
    recorded = true;
    if (!(isAppError(error) && error.code === "rate_limited")) {
      await recordError(ctx, request, error, spent, by()).catch((failed: unknown) => {
        log.error(
          { requestId: ctx.requestId, reason: messageOf(failed) },
          "a failed proposal was not recorded",
        );
      });
    }
    throw error;
  } finally {
    leaving.abort(new DOMException("the caller went away", "AbortError"));
    if (!recorded) await recordError(ctx, request, leaving.signal.reason, spent, by());
  }
}

/** Counts one request that is about to reach a provider. Attempts within it are not counted. */
async function takeProposalSlot(ctx: Ctx): Promise<void> {
  const slot = await takeSlot(ctx.db, {
    key: `proposals:${ctx.tenant}`,
    limit: limits.proposalsPerHour,
    windowMs: HOUR,
  });
  if (slot.ok) return;
  throw new AppError(
    "rate_limited",
    `This tenant has asked for ${limits.proposalsPerHour} proposals within 60 minutes. Try again in ${slot.retryAfterSeconds} seconds.`,
    { headers: { "Retry-After": String(slot.retryAfterSeconds) } },
  );
}

async function record(
  ctx: Ctx,
  request: ProposalRequest,
  result: LoopResult<CheckedPatch>,
  spent: Spent,
  by: AnsweredBy,
): Promise<ProposalPart> {
  const rationale = cleanText(result.rationale);
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
    return { answer: { ok: false, rationale, errors, retries, tokensUsed: spent.tokens }, by, told: [] };
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
  return { answer, by, told: [] };
}

/** Errors are kept too, a caller that went away included. Failing to keep one may not hide the error itself. */
async function recordError(
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
      rationale: cleanText(spent.rationale),
      retries: Math.max(0, spent.attempts - 1),
      patch: storable(spent.patch),
      warnings: [],
      errors: [line],
      outcome: "error",
    }),
  );
}

const MILLION = 1_000_000;

/** In USD; null where no price is known, or nothing was used. */
function costOf({ inputTokens, outputTokens }: Spent, { input, output }: AiPrices): number | null {
  if ((input === null && output === null) || inputTokens + outputTokens === 0) return null;
  return (inputTokens * (input ?? 0) + outputTokens * (output ?? 0)) / MILLION;
}

const columns = (request: ProposalRequest, spent: Spent, { cost: _shown, ...by }: AnsweredBy) => ({
  pipelineId: request.base.pipelineId,
  pipelineName: request.base.name,
  baseVersion: request.base.version,
  message: request.message,
  tokensUsed: spent.tokens,
  inputTokens: spent.inputTokens,
  outputTokens: spent.outputTokens,
  refinesId: request.refinesId,
  ...by,
});

/** A refused patch as the database takes it: it was never checked for what JSON columns cannot hold. */
function storable(patch: Spent["patch"]): Spent["patch"] {
  const text = JSON.stringify(patch).replace(/\\u(0000|d[89a-f][0-9a-f]{2})/gi, "\\ufffd");
  return JSON.parse(text) as Spent["patch"];
}
