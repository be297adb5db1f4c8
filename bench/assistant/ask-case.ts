import { isAppError, messageOf } from "#lib/errors.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { applyPatch, type JsonPatchOp } from "#lib/json-patch/index.ts";
import { limits } from "#lib/limits.ts";
import type { LanguageModel } from "#lib/model/index.ts";
import { answerDocument, type DocumentRequest } from "#lib/proposals/index.ts";
import type { Case } from "./expect.ts";
import { CATALOGUE, FILES, FIXTURES, type Fixture } from "./fixtures.ts";
import { judge, type Verdict } from "./judge.ts";
import { REFINED } from "./refined.ts";

/** One request and what came of it. `seconds` are those of the whole loop. */
export type Outcome = Case & {
  valid: boolean;
  verdict: Verdict;
  attempts: number;
  tokens: number;
  seconds: number;
};

/** Asks one request. A provider that fails is an answer that is not valid; one that refuses our key ends it all. */
export async function askCase(one: Case, model: LanguageModel): Promise<Outcome> {
  const since = performance.now();
  const { request, shown } = requestOf(one);
  try {
    const signal = AbortSignal.timeout(limits.proposalMs);
    const { result, spent } = await answerDocument({
      request,
      model,
      attempts: limits.proposalAttempts,
      signal,
    });
    const after = result.ok && spent.patch.length > 0 ? result.value.resultingIr : shown;
    return {
      ...one,
      valid: result.ok,
      verdict: judge(shown, { ...after, id: shown.id }, result.rationale, one.want),
      attempts: spent.attempts,
      tokens: spent.tokens,
      seconds: (performance.now() - since) / 1000,
    };
  } catch (error) {
    if (isAppError(error) && error.code === "provider_unsupported_structured") throw error;
    const verdict = { correct: false, guessed: false, why: messageOf(error) };
    return {
      ...one,
      valid: false,
      verdict,
      attempts: 1,
      tokens: 0,
      seconds: (performance.now() - since) / 1000,
    };
  }
}

function requestOf(one: Case): { request: DocumentRequest; shown: PipelineIr } {
  const ir: PipelineIr = FIXTURES[one.on as Fixture];
  const isNew = ir.nodes.length === 0;
  const refined = one.after === undefined ? undefined : refine(ir, REFINED[one.after] ?? []);
  const shown = refined?.ir ?? ir;
  const version = isNew ? 0 : 3;
  const name = ir.metadata.name;
  return {
    shown,
    request: {
      base: { ...(isNew ? {} : { pipelineId: ir.id }), name, version, ir },
      catalogue: CATALOGUE,
      refined,
      document: {
        version,
        ir: shown,
        sources: CATALOGUE.sources,
        destinations: CATALOGUE.destinations,
        files: FILES.filter(({ path }) => one.ask.includes(path)),
        columns: {},
        decisions: [],
        mentions: [],
        request: one.ask,
      },
    },
  };
}

function refine(ir: PipelineIr, patch: JsonPatchOp[]): NonNullable<DocumentRequest["refined"]> {
  const applied = applyPatch<PipelineIr>(ir, patch);
  if (!applied.ok) throw new Error(applied.error.message);
  return { patch, ir: applied.document };
}
