import type { Db } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import type { ClaimedLook } from "./arrivals.ts";
import { claimLook, type LookForFiles, makeLook } from "./look-for-files.ts";
import { repeat } from "./repeat.ts";

const TICK_MS = 1_000;

/**
 * Looks for files wherever that is due, many at once and of one tenant no more than some, so that a server that does
 * not answer keeps only those of its tenant waiting. Every worker may do so: each look is one worker's.
 * @returns how to stop: looks under way are given up.
 */
export function startLooks(db: Db, look: LookForFiles): { stop: () => Promise<void>; wake: () => void } {
  const underWay = new Map<Promise<void>, string>();
  const stopping = new AbortController();
  const begin = (claimed: ClaimedLook) => {
    const made = makeLook(db, claimed, { look, now: new Date(), signal: stopping.signal })
      .catch((error: unknown) => {
        log.error({ err: error, pipelineId: claimed.pipelineId }, "a look for files failed; it comes again");
      })
      .then(() => {
        underWay.delete(made);
        loop.wake();
      });
    underWay.set(made, claimed.tenantId);
  };
  const loop = repeat("looks for files", TICK_MS, async () => {
    while (underWay.size < limits.looksAtOnce && !stopping.signal.aborted) {
      const claimed = await claimLook(db, new Date(), busiest([...underWay.values()]));
      if (!claimed) return;
      begin(claimed);
    }
  });
  return {
    wake: loop.wake,
    stop: async () => {
      stopping.abort();
      await loop.stop();
      await Promise.all(underWay.keys());
    },
  };
}

/** Tenants that have as many looks under way as one may have. */
function busiest(tenants: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const tenant of tenants) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  return [...counts].flatMap(([tenant, count]) => (count >= limits.looksPerTenant ? [tenant] : []));
}

/**
 * Makes every look that is due at `now`, one after another.
 * @returns how many.
 */
export async function lookTick(db: Db, look: LookForFiles, now: Date = new Date()): Promise<number> {
  for (let count = 0; ; count += 1) {
    const claimed = await claimLook(db, now);
    if (!claimed) return count;
    await makeLook(db, claimed, { look, now });
  }
}
