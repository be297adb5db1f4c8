import type { Db } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { noteLeftOut } from "./note-left-out.ts";
import { noteRuns } from "./note-runs.ts";
import { noteStarts } from "./open-lineage.ts";
import { drainChannel, dueChannels } from "./send-due.ts";

/** How often runs that ended, and messages that are due, are looked for. */
const LOOK_MS = 1_000;
const LEFT_OUT_MS = 30_000;
const SWEEP_MS = 3600_000;

/**
 * Sees to it, while a process lives, that those who asked to be told are told, also of what a process that died has
 * left. Any number of processes may do so. Each channel is sent through by itself: a slow receiver holds up no other.
 * @returns how to stop; what is on its way is broken off, and begins again elsewhere.
 */
export function keepNotices(db: Db): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const sending = new Map<string, Promise<void>>();
  const loops = [
    loop("note starts", LOOK_MS, stopping.signal, () => noteStarts(db)),
    loop("note runs", LOOK_MS, stopping.signal, () => noteRuns(db)),
    loop("note what was left out", LEFT_OUT_MS, stopping.signal, () => noteLeftOut(db)),
    loop("delete old messages", SWEEP_MS, stopping.signal, () => deleteOld(db)),
    loop("send messages", LOOK_MS, stopping.signal, async () => {
      const room = limits.noticesAtOnce - sending.size;
      if (room <= 0) return;
      for (const channelId of await dueChannels(db, [...sending.keys()], room)) {
        const work = drainChannel(db, channelId, stopping.signal)
          .catch((error: unknown) => complain("send messages", error, stopping.signal))
          .finally(() => sending.delete(channelId));
        sending.set(channelId, work);
      }
    }),
  ];
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
      await Promise.all(sending.values());
    },
  };
}

/** Messages whose fate is sealed are kept for some weeks. */
export async function deleteOld(db: Db, now: Date = new Date()): Promise<void> {
  const before = new Date(now.getTime() - limits.deliveryDays * 24 * 3600_000);
  await db.delivery.deleteMany({ where: { status: { not: "waiting" }, createdAt: { lt: before } } });
}

/** Does something again and again, never twice at once, until stopped. A database that is away comes back. */
async function loop(
  name: string,
  ms: number,
  stopping: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  while (!stopping.aborted) {
    await work().catch((error: unknown) => complain(name, error, stopping));
    await pause(ms, stopping);
  }
}

function pause(ms: number, stopping: AbortSignal): Promise<void> {
  if (stopping.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    timer.unref();
    function done() {
      clearTimeout(timer);
      stopping.removeEventListener("abort", done);
      resolve();
    }
    stopping.addEventListener("abort", done);
  });
}

function complain(loop: string, error: unknown, stopping: AbortSignal): void {
  if (!stopping.aborted) log.error({ err: error, loop }, "a periodic task failed; it will be tried again");
}
