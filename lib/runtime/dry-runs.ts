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
 * @throws AppError `conflict` when a newer one took over or the caller went away, `overloaded` when no place came free
 * in time
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
  // Nobody hears it: it is one of ours so that nobody takes it for a failure.
  const left = () => own.abort(new AppError("conflict", "The caller went away."));
  signal?.addEventListener("abort", left, { once: true });
  if (signal?.aborted) left();
  try {
    await place(own.signal, waitMs);
    const held: Promise<unknown>[] = [];
    try {
      own.signal.throwIfAborted();
      const result = await work(own.signal, (rest) => void held.push(rest));
      own.signal.throwIfAborted();
      return result;
    } finally {
      void Promise.allSettled(held).then(leave);
    }
  } finally {
    signal?.removeEventListener("abort", left);
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
