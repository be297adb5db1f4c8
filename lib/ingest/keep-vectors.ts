import type { Database } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { messageOf } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { fillVectors } from "#lib/memory/index.ts";
import type { EmbeddingChoice } from "#lib/model/index.ts";
import { listenToOthers, nextWake } from "./wake.ts";

/** So often memories without vectors are looked for when no event came. */
const POLL_MS = 30_000;
/** How long the model is left alone after a failure; twice as long after each further one. */
const REST_MS = { least: 5_000, most: 300_000 } as const;

/**
 * Gives memories their vectors as events come, until it is stopped. It runs beside ingest and holds nothing up: a model
 * that fails is asked again later, and later each time.
 */
export function keepVectors({ database, embedding }: { database: Database; embedding: EmbeddingChoice }): {
  stop: () => Promise<void>;
} {
  const stopping = new AbortController();
  const { signal } = stopping;
  const { DATABASE_URL } = env();
  const leave = DATABASE_URL ? listenToOthers(DATABASE_URL) : () => undefined;
  const run = async () => {
    for (let failures = 0; !signal.aborted; ) {
      // Waiting begins before the look: what is committed during it wakes at once.
      const wake = nextWake(POLL_MS, signal);
      try {
        await fillVectors({ database, embedding, signal });
        failures = 0;
        await wake.woken;
      } catch (error) {
        wake.cancel();
        if (signal.aborted) return;
        const rest = Math.min(REST_MS.least * 2 ** failures++, REST_MS.most);
        log.warn({ reason: messageOf(error), seconds: rest / 1000 }, "memories wait for their vectors");
        await pause(rest, signal);
      }
    }
  };
  const running = run();
  const stop = async () => {
    stopping.abort();
    leave();
    await running;
  };
  return { stop };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
