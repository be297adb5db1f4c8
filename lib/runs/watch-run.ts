import { setTimeout as delay } from "node:timers/promises";
import type { Ctx } from "#lib/context.ts";
import { getRunProgress } from "./get-run-progress.ts";
import { isFinal, type RunProgress } from "./schema.ts";

const POLL_MS = 300;

/**
 * A run's progress as events named "progress", each time it changes, until it has ended or the caller goes away. The
 * first one comes at once.
 * @throws AppError `run_not_found` at the first value.
 */
export async function* watchRun({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { runId: string };
}): AsyncGenerator<{ event: string; data: RunProgress }, void, undefined> {
  let last = "";
  while (!ctx.signal?.aborted) {
    const progress = await getRunProgress({ ctx, input });
    // The pace changes with the clock alone; a run that stands still is not worth a message.
    const { rate: _rate, secondsLeft: _left, ...state } = progress;
    const text = JSON.stringify(state);
    if (text !== last) yield { event: "progress", data: progress };
    last = text;
    if (isFinal(progress.status)) return;
    await delay(POLL_MS, undefined, { signal: ctx.signal }).catch(() => undefined);
  }
}
