import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { openDatabase } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { headOf } from "./read-log.ts";
import type { StoredEvent, TailQuery } from "./schema.ts";
import { readTail } from "./tail-events.ts";
import { listenToOthers, nextWake } from "./wake.ts";

/** Events of one read; a stream holds no more than this in memory. */
const READ = 200;
/** A wake-up may be lost with its connection: so often the log is looked at without one, in milliseconds. */
const POLL_MS = 1_000;
/** However often the log is appended to, one stream reads it no oftener than this. */
const LULL_MS = 40;

/** What {@link followEvents} gives: where it began, then each event. */
export type Followed = { start: number } | { event: StoredEvent };

/**
 * The log from an LSN on (without one: from now on), each event once and in LSN order, as it is committed by any
 * process. Ends when the signal is aborted, when its reader leaves, or after `limits.tailStreamMs`.
 * @param pollMs the log is looked at so often where no wake-up comes.
 * @throws AppError `permission_denied`
 */
export function followEvents({
  ctx,
  input,
  signal,
  pollMs = POLL_MS,
}: {
  ctx: Ctx;
  input: Partial<Omit<TailQuery, "limit">>;
  signal?: AbortSignal;
  pollMs?: number;
}): AsyncIterable<Followed> {
  requirePermission(ctx, "memory.read");
  const left = new AbortController();
  const ends = AbortSignal.any([
    left.signal,
    AbortSignal.timeout(limits.tailStreamMs),
    ...(signal ? [signal] : []),
  ]);
  const steps = follow(ctx, input, pollMs, ends);
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => steps.next(),
      // A generator that waits hears of its end only when it has been woken.
      return: () => {
        left.abort();
        return steps.return(undefined);
      },
    }),
  };
}

async function* follow(
  ctx: Ctx,
  { from_lsn, ...filter }: Partial<Omit<TailQuery, "limit">>,
  pollMs: number,
  signal: AbortSignal,
): AsyncGenerator<Followed, undefined, undefined> {
  const { pool, lite } = await openDatabase();
  const unlisten = lite ? undefined : listenToOthers(pool.options.connectionString ?? "");
  try {
    let after = from_lsn ?? (await headOf(ctx));
    yield { start: after };
    while (!signal.aborted) {
      // Waiting begins before the read: what is committed during it wakes at once.
      const wake = nextWake(pollMs, signal);
      const readAt = performance.now();
      try {
        const page = await readTail(ctx, { after, limit: READ, filter });
        for (const event of page.events) yield { event };
        after = page.scanned;
        if (after < page.head) continue;
        await wake.woken;
        await lull(LULL_MS - (performance.now() - readAt), signal);
      } finally {
        wake.cancel();
      }
    }
  } finally {
    unlisten?.();
  }
}

function lull(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms <= 0 || signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
