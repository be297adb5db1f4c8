import { isAppError, messageOf } from "#lib/errors.ts";
import { redactText } from "#lib/redact.ts";
import type { CheckFailure, CheckResult, Stage, StageReport } from "./shapes.ts";

/** What a failure means: a stable code, the field to fix, a plain sentence, and what to do. */
export type Finding = Omit<CheckFailure, "stage">;

/** One stage: `run` does it and says what it found. */
export type StageToTry = { stage: Stage; run: () => Promise<string> };

/**
 * Goes stage by stage and stops at the first that fails, which `explain` puts into words. What is not known keeps the
 * system's own words behind a plain sentence; nothing that looks like a secret is passed on.
 */
export async function tryStages(
  stages: readonly StageToTry[],
  explain: (stage: Stage, error: unknown) => Finding,
  { onStage, signal }: { onStage?: (report: StageReport) => void; signal?: AbortSignal } = {},
): Promise<CheckResult> {
  const reports: StageReport[] = [];
  for (const { stage, run } of stages) {
    const started = performance.now();
    const report = (ok: boolean, message: string, field?: string) => {
      const ms = Math.round(performance.now() - started);
      reports.push({ stage, ok, message: redactText(message), ...(field && { field }), ms });
      onStage?.(reports.at(-1) as StageReport);
    };
    try {
      signal?.throwIfAborted();
      report(true, await run());
    } catch (error) {
      signal?.throwIfAborted();
      if (isAppError(error) && error.code === "internal") throw error;
      const { code, field, message, fix } = explain(stage, error);
      report(false, message, field);
      const failure = { stage, code, ...(field && { field }), message: redactText(message), fix };
      return { ok: false, stages: reports, failure };
    }
  }
  return { ok: true, stages: reports };
}

/** The system's own words, for what nobody foresaw. */
export function ownWords(error: unknown): string {
  const code = error && typeof error === "object" && "code" in error ? String(error.code) : "";
  return messageOf(error) || code || "no reason was given";
}
