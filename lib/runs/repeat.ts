import { setImmediate as yieldTurn } from "node:timers/promises";
import { log } from "#lib/log.ts";
import { onWake } from "./wake.ts";

/**
 * Calls `work` now, then again whenever `ms` have passed or the process is woken, never twice at once. What it throws
 * is logged and does not end the loop: a database that is away comes back.
 * @returns `stop`, which resolves once a call in flight has ended, and `wake`, for this loop alone.
 */
export function repeat(
  name: string,
  ms: number,
  work: () => Promise<unknown>,
): { stop: () => Promise<void>; wake: () => void } {
  let stopped = false;
  let woken = false;
  let wakeUp: (() => void) | undefined;
  const wake = () => {
    woken = true;
    wakeUp?.();
  };
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const loop = async () => {
    while (!stopped) {
      woken = false;
      await work().catch((error: unknown) => {
        if (!stopped) log.error({ err: error, loop: name }, "a periodic task failed; it will be tried again");
      });
      if (!woken && !stopped) await pause();
      // The embedded engine answers without ever leaving the microtasks: others must get their turn.
      else await yieldTurn();
    }
  };
  const unregister = onWake(wake);
  const done = loop();
  const stop = async () => {
    stopped = true;
    unregister();
    wake();
    await done;
  };
  return { stop, wake };
}
