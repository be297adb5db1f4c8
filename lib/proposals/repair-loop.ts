import type { Issue } from "#lib/errors.ts";
import type { JsonPatchOp } from "#lib/json-patch/index.ts";
import type { GeneratedPatch, PartialPatch } from "#lib/model/index.ts";
import type { AttemptPart, PartialPart } from "./schema.ts";

/** An attempt that was refused: what the model wrote and why it will not do, word for word for the next one. */
export type RefusedAttempt = { text: string; issues: Issue[] };

/** Progress of the loop. */
export type LoopEvent = { type: "attempt"; data: AttemptPart } | { type: "partial"; data: PartialPart };

/** What was used up so far, also when the loop throws. */
export type Spent = {
  attempts: number;
  tokens: number;
  inputTokens: number;
  outputTokens: number;
  rationale: string;
  patch: JsonPatchOp[];
};

/** Before anything was asked. */
export function nothingSpent(): Spent {
  return { attempts: 0, tokens: 0, inputTokens: 0, outputTokens: 0, rationale: "", patch: [] };
}

export type LoopResult<T> = { rationale: string; retries: number } & (
  | { ok: true; value: T }
  | { ok: false; issues: Issue[] }
);

/**
 * Generate, check, and generate again with the reasons, up to `attempts` times. The first event comes when the model
 * has answered something, so that a provider that is down throws before anything is said.
 * @throws whatever `generate` throws; `spent` tells what was used until then.
 */
export async function* repairLoop<T>(options: {
  attempts: number;
  generate: (refused: readonly RefusedAttempt[]) => AsyncGenerator<PartialPatch, GeneratedPatch>;
  check: (patch: JsonPatchOp[]) => { ok: true; value: T } | { ok: false; issues: Issue[] };
  spent: Spent;
}): AsyncGenerator<LoopEvent, LoopResult<T>> {
  const { attempts, generate, check, spent } = options;
  const refused: RefusedAttempt[] = [];
  const attempt = (n: number, state: AttemptPart["state"], errors: Issue[] = []): LoopEvent => ({
    type: "attempt",
    data: { n, of: attempts, state, errors },
  });
  let issues: Issue[] = [];
  for (let n = 1; n <= attempts; n++) {
    spent.attempts = n;
    if (n > 1) yield attempt(n, "generating");
    const pieces = generate(refused);
    let piece = await pieces.next();
    if (n === 1) yield attempt(n, "generating");
    while (!piece.done) {
      yield { type: "partial", data: { n, ...piece.value } };
      piece = await pieces.next();
    }
    const answer = piece.value;
    spent.tokens += answer.tokens;
    spent.inputTokens += answer.usage.inputTokens;
    spent.outputTokens += answer.usage.outputTokens;
    if (answer.ok) {
      spent.rationale = answer.rationale;
      spent.patch = answer.patch;
    }
    yield attempt(n, "checking");
    const verdict = answer.ok ? check(answer.patch) : answer;
    if (answer.ok && verdict.ok) {
      yield attempt(n, "accepted");
      return {
        ok: true,
        rationale: answer.rationale,
        retries: n - 1,
        value: (verdict as { value: T }).value,
      };
    }
    issues = verdict.ok ? [] : verdict.issues;
    refused.push({ text: answer.text, issues });
    yield attempt(n, "refused", issues);
  }
  const rationale =
    `None of ${attempts} attempts passed the checks, so nothing changes. ${spent.rationale}`.trim();
  return { ok: false, rationale, retries: attempts - 1, issues };
}
