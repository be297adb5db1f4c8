import { messageOf } from "#lib/errors.ts";
import { log } from "#lib/log.ts";

/** How often rows are looked for whose events are not in the log. */
const SWEEP_MS = 3_000;

/**
 * Sees to it, while a process lives, that what waits reaches the log: also what a process that died has left. Any number
 * of processes may do so.
 * @param write writes all that waits, as `writeOutbox` does.
 * @returns how to stop; resolves once what was begun has ended, and what waits was tried once more.
 */
export function keepOutboxes(write: readonly (() => Promise<void>)[]): { stop: () => Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const sweep = async () => {
    for (const each of write)
      await each().catch((error: unknown) => {
        if (!stopped) log.warn({ reason: messageOf(error) }, "events of our own wait to be written");
      });
  };
  const next = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = sweep().then(next);
    }, SWEEP_MS);
    timer.unref();
  };
  let running = sweep().then(next);
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
      await sweep();
    },
  };
}
