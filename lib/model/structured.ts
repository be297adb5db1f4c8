import {
  extractJsonMiddleware,
  generateText,
  type LanguageModelUsage,
  NoObjectGeneratedError,
  NoOutputGeneratedError,
  Output,
  streamText,
  wrapLanguageModel,
} from "ai";
import { type Issue, isAppError } from "#lib/errors.ts";
import type { JsonPatchOp } from "#lib/json-patch/schema.ts";
import { type AttemptLabels, startAttempt } from "./attempt-span.ts";
import type { LanguageModel, ModelTurn } from "./language-model.ts";
import { fromWire, PatchWire } from "./patch-wire.ts";
import { providerError } from "./provider-error.ts";
import { refuseUnconstrained, requireStructuredOutput } from "./structured-gate.ts";

/** What the model has written so far. */
export type PartialPatch = { rationale: string; operations: { op: string; path: string }[] };

/** Tokens of one call, as the provider counted them; `tokens` is its total, which may hold more than the two. */
export type Usage = { inputTokens: number; outputTokens: number };

/** The answer of one call: a patch in RFC 6902, or why what came back is not one. Tokens count either way. */
export type GeneratedPatch = { tokens: number; usage: Usage; text: string } & (
  | { ok: true; rationale: string; patch: JsonPatchOp[] }
  | { ok: false; issues: Issue[] }
);

export type PatchRequest = {
  model: LanguageModel;
  instructions: string;
  messages: ModelTurn[];
  signal?: AbortSignal;
  /** Ask for the answer piece by piece; pieces are yielded. */
  stream: boolean;
  /** Whose attempt this is and which, for the span that is made of it. */
  span?: AttemptLabels;
};

/**
 * One constrained call, and one span. It is never repeated here: a provider that is down is reported at once, with its
 * Retry-After.
 * @throws AppError `provider_unsupported_structured`, `provider_unavailable`; the signal's reason when aborted.
 */
export async function* generatePatch(request: PatchRequest): AsyncGenerator<PartialPatch, GeneratedPatch> {
  const span = startAttempt(request.model, request.span);
  try {
    const answer = yield* constrainedCall(request);
    span.end(answer.ok ? "answered" : (answer.issues[0]?.code ?? "not_a_patch"), answer.usage);
    return answer;
  } catch (error) {
    span.end(isAppError(error) ? error.code : "stopped");
    throw error;
  } finally {
    span.end("stopped");
  }
}

async function* constrainedCall(request: PatchRequest): AsyncGenerator<PartialPatch, GeneratedPatch> {
  requireStructuredOutput(request.model);
  request.signal?.throwIfAborted();
  const model = wrapLanguageModel({
    model: request.model,
    middleware: [extractJsonMiddleware(), refuseUnconstrained],
  });
  const call = {
    model,
    instructions: request.instructions,
    messages: request.messages,
    output: Output.object({ schema: PatchWire, name: "pipeline_patch" }),
    abortSignal: request.signal,
    maxRetries: 0,
    providerOptions: { anthropic: { structuredOutputMode: "outputFormat" } },
  };
  let failure: unknown;
  const spent = { tokens: 0, usage: { inputTokens: 0, outputTokens: 0 } };
  const count = (usage: LanguageModelUsage | undefined) => {
    if (!usage) return;
    const { inputTokens = 0, outputTokens = 0, totalTokens = inputTokens + outputTokens } = usage;
    if (totalTokens >= spent.tokens)
      Object.assign(spent, { tokens: totalTokens, usage: { inputTokens, outputTokens } });
  };
  const notOne = (error: Error, text: string) => ({
    ok: false as const,
    ...spent,
    text,
    issues: [notAPatch(error)],
  });
  try {
    if (!request.stream) {
      const result = await generateText({ ...call, onStepEnd: (step) => count(step.usage) });
      count(result.totalUsage);
      return { ...spent, text: result.text, ...fromWire(result.output) };
    }
    const result = streamText({
      ...call,
      onError: ({ error }) => {
        failure ??= error;
      },
      onStepEnd: (step) => count(step.usage),
    });
    for await (const partial of result.partialOutputStream) yield partialOf(partial);
    if (failure) throw failure;
    request.signal?.throwIfAborted();
    const output = await result.output;
    count(await result.totalUsage);
    return { ...spent, text: await result.text, ...fromWire(output) };
  } catch (thrown) {
    const error = failure ?? thrown;
    if (!request.signal?.aborted && NoObjectGeneratedError.isInstance(error)) {
      count(error.usage);
      return notOne(error, error.text ?? "");
    }
    if (!request.signal?.aborted && NoOutputGeneratedError.isInstance(error) && !failure)
      return notOne(error, "");
    throw providerError(error, request.model, request.signal);
  }
}

function notAPatch(error: Error): Issue {
  const finished = NoObjectGeneratedError.isInstance(error) ? error.finishReason : undefined;
  const why =
    finished === "length"
      ? "the answer was cut off at the provider's length limit; write a shorter patch"
      : finished === "content-filter"
        ? "the provider refused to answer"
        : "the answer is not the JSON object that was asked for, {rationale, patch}";
  return { code: "not_a_patch", path: "", message: why };
}

function partialOf(partial: unknown): PartialPatch {
  const { rationale, patch } = (partial ?? {}) as { rationale?: unknown; patch?: unknown };
  const operations = (Array.isArray(patch) ? patch : []) as { op?: unknown; path?: unknown }[];
  return {
    rationale: typeof rationale === "string" ? rationale : "",
    operations: operations
      .filter((item) => typeof item?.op === "string" && typeof item.path === "string")
      .map((item) => ({ op: String(item.op), path: String(item.path) })),
  };
}
