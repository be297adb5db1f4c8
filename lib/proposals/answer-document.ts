import type { Catalogue } from "#lib/ir/schema.ts";
import { generatePatch, type LanguageModel } from "#lib/model/index.ts";
import type { BaseDocument } from "./base-document.ts";
import { type CheckedPatch, checkPatch, type Refined } from "./check-patch.ts";
import { instructions, messages } from "./prompt.ts";
import type { PromptDocument } from "./prompt-document.ts";
import { type LoopResult, nothingSpent, repairLoop, type Spent } from "./repair-loop.ts";

/** One request with everything that it is answered from, as a proposal gathers it. */
export type DocumentRequest = {
  base: BaseDocument;
  document: PromptDocument;
  catalogue: Catalogue;
  refined?: Refined;
};

/**
 * The loop of a proposal alone: the prompt, the model and the three layers, with nothing read, counted or stored. It
 * is how an assistant is measured without a database.
 * @throws AppError `provider_unsupported_structured`, `provider_unavailable`; the signal's reason when aborted.
 */
export async function answerDocument(options: {
  request: DocumentRequest;
  model: LanguageModel;
  attempts: number;
  signal?: AbortSignal;
}): Promise<{ result: LoopResult<CheckedPatch>; spent: Spent }> {
  const { request, model, attempts, signal } = options;
  const { base, document, catalogue, refined } = request;
  const spent = nothingSpent();
  const events = repairLoop<CheckedPatch>({
    attempts,
    spent,
    generate: (refused) =>
      generatePatch({
        model,
        instructions: instructions(),
        messages: messages(document, refused),
        signal,
        stream: false,
      }),
    check: (patch) => checkPatch(base, patch, catalogue, refined),
  });
  let event = await events.next();
  while (!event.done) event = await events.next();
  return { result: event.value, spent };
}
