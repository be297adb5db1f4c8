import type { Db } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { resumeSoon, stopAnswering } from "./drain.ts";
import { evictSessions } from "./evict-sessions.ts";
import { logTurns } from "./log-turns.ts";

/** How often conversations are looked for whose worker was not heard of, and answers that the log does not have. */
const SWEEP_MS = 3_000;
/** Conversations that one sweep takes up. */
const TAKEN = 20;

/**
 * Keeps conversations going while a process lives: those that a process which died left in the middle are gone on with,
 * answers reach the log, expired ones are cleared away. Any number of processes may do so.
 * @param alone this process alone has the database: whoever held a lease before is gone.
 * @returns how to stop; resolves once what was begun has ended.
 */
export function keepSessions(db: Db, { alone = false } = {}): { stop: () => Promise<void> } {
  let stopped = false;
  let evictedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const sweep = async () => {
    try {
      await takeUpAbandoned(db);
      await logTurns(db);
      if (performance.now() - evictedAt >= limits.setupEvictMs) {
        await evictSessions(db);
        evictedAt = performance.now();
      }
    } catch (error) {
      if (!stopped)
        log.warn({ reason: messageOf(error) }, "conversations were not looked after; they will be");
    }
  };
  let running = (alone ? forgetLeases(db) : Promise.resolve()).then(sweep, sweep);
  const next = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = sweep().then(next);
    }, SWEEP_MS);
    timer.unref();
  };
  running.then(next);
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
      await stopAnswering();
      await logTurns(db).catch(() => undefined);
    },
  };
}

/** Goes on with conversations whose worker was not heard of in time. */
export async function takeUpAbandoned(db: Db): Promise<void> {
  const abandoned = await db.setupSession.findMany({
    where: { leaseToken: { not: null }, leaseUntil: { lt: new Date() } },
    select: { id: true },
    take: TAKEN,
  });
  for (const { id } of abandoned) resumeSoon(db, id);
}

async function forgetLeases(db: Db): Promise<void> {
  await db.setupSession.updateMany({
    where: { leaseToken: { not: null } },
    data: { leaseUntil: new Date(0) },
  });
}
