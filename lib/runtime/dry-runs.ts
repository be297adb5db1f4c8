import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";

/** Dry runs of this process: what each person has under way on each pipeline, and who waits for a place. */
const SLOT = Symbol.for("penstock.dry-runs");
type State = { latest: Map<string, AbortController>; running: number; waiting: (() => void)[] };
const shared = globalThis as { [SLOT]?: State };

/** Both copies of this module, the server's and Next's, count together. */
const state = (): State => {
  shared[SLOT] ??= { latest: new Map(), running: 0, waiting: [] };
  return shared[SLOT];
};

/**
 * Does the work of a dry run when there is a place for it; a newer one of the same key ends it.
 * @param key whose dry run of what.
 * @param work may `hold` its place for what still ends after its answer.
 * @throws AppError `conflict` when a newer one took over, `overloaded` when no place came free in time; the reason of
 * `signal` when that was aborted
 */
export async function asDryRun<T>(
  key: string,
  { signal, waitMs }: { signal?: AbortSignal; waitMs: number },
  work: (signal: AbortSignal, hold: (rest: Promise<unknown>) => void) => Promise<T>,
): Promise<T> {
  const { latest } = state();
  const own = new AbortController();
  latest.get(key)?.abort(new AppError("conflict", "A newer dry run of this pipeline took over."));
  latest.set(key, own);
  const either = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
  try {
    await place(either, waitMs);
    const held: Promise<unknown>[] = [];
    try {
      const result = await work(either, (rest) => void held.push(rest));
      either.throwIfAborted();
      return result;
    } finally {
      void Promise.allSettled(held).then(leave);
    }
  } finally {
    if (latest.get(key) === own) latest.delete(key);
  }
}

async function place(signal: AbortSignal, waitMs: number): Promise<void> {
  signal.throwIfAborted();
  const all = state();
  if (all.running < limits.previewsAtOnce) {
    all.running++;
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const come = () => {
      stop();
      resolve();
    };
    const fail = (reason: unknown) => {
      stop();
      reject(reason);
    };
    const aborted = () => fail(signal.reason);
    const tooLong = () => fail(new AppError("overloaded", "Too many dry runs are under way. Try again."));
    const timer = setTimeout(tooLong, waitMs);
    const stop = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
      all.waiting = all.waiting.filter((other) => other !== come);
    };
    signal.addEventListener("abort", aborted, { once: true });
    all.waiting.push(come);
  });
}

/** The place goes to whoever waits longest. */
function leave(): void {
  const all = state();
  const next = all.waiting[0];
  if (next) next();
  else all.running--;
}
