import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { chooseModel, generatePatch, type LanguageModel, requireStructuredOutput } from "#lib/model/index.ts";
import { loadAiChoice } from "#lib/settings/index.ts";
import { type CheckedPatch, checkPatch } from "./check-patch.ts";
import { costOf } from "./cost.ts";
import { instructions, messages } from "./prompt.ts";
import { gatherRequest } from "./proposal-request.ts";
import { recordAnswer, recordError } from "./record-answer.ts";
import { type LoopEvent, nothingSpent, repairLoop } from "./repair-loop.ts";
import { requireFlowIr } from "./require-flow-ir.ts";
import type { TableColumns } from "./resolve-mentions.ts";
import { rulesAssistant } from "./rules-assistant/rules-model.ts";
import { type AnsweredBy, PipelineChatInput, type ProposalPart } from "./schema.ts";
import { takeProposalSlot } from "./take-proposal-slot.ts";

/** What happens while a proposal is made; `answer` comes last. */
export type ProposalEvent = LoopEvent | { type: "answer"; data: ProposalPart };

/**
 * Answers a message with a proposal. One generator feeds both the JSON and the streamed answer: wait for its first
 * event before choosing a status line, everything that is a status of its own is thrown before that.
 * Whatever comes of it is stored as a Proposal with one audit row. Leaving the generator stops the model.
 * @param stream ask the model piece by piece, and yield the pieces.
 * @param model instead of the one that the settings choose.
 * @param tableColumns looks up the tables that a message points at; without it there are none.
 * @param withinMs time for all attempts together.
 * @throws AppError `permission_denied`, `flow_ir_disabled`, `pipeline_not_found`, `proposal_not_found`,
 * `stale_proposal`, `provider_unsupported_structured`, `rate_limited` (Retry-After), `provider_unavailable`.
 */
export async function* proposeChange(options: {
  ctx: Ctx;
  input: PipelineChatInput;
  stream?: boolean;
  model?: LanguageModel;
  tableColumns?: TableColumns;
  withinMs?: number;
}): AsyncGenerator<ProposalEvent, void> {
  const { ctx, stream = false, withinMs = limits.proposalMs } = options;
  requirePermission(ctx, "proposals.create");
  await requireFlowIr(ctx);
  const input = PipelineChatInput.parse(options.input);
  const started = performance.now();
  const request = await gatherRequest(ctx, input, options.tableColumns);
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
  const timeout = AbortSignal.timeout(withinMs);
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
    const part = await recordAnswer(ctx, request, event.value, spent, by());
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
