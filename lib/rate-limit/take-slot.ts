import type { Db, Tx } from "#lib/db.ts";

/** What is counted, how many of it fit, and into how long a time. */
export type Slot = { key: string; limit: number; windowMs: number };

/** Either a slot and how many are left, or how long to wait for the next. */
export type SlotResult = { ok: true; remaining: number } | { ok: false; retryAfterSeconds: number };

/** Old rows of any key that one call removes on its way: more than it adds, so the table stays small. */
const SWEEP = 8;

/**
 * Takes one slot of a sliding window: at most `limit` in any `windowMs`. Counted in the database under a lock of the
 * key, by the database's clock, so it is exact under concurrency on any number of nodes.
 */
export async function takeSlot(db: Db, { key, limit, windowMs }: Slot): Promise<SlotResult> {
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`penstock.rate.${key}`}, 0))`;
    const seconds = windowMs / 1000;
    await tx.$executeRaw`delete from "RateLimitHit"
      where "key" = ${key} and "at" <= clock_timestamp() - make_interval(secs => ${seconds})`;
    const [state] = await tx.$queryRaw<{ taken: number; wait: number | null }[]>`
      select count(*)::int as taken,
        (extract(epoch from min("at") - clock_timestamp()) + ${seconds})::float8 as wait
      from (select "at" from "RateLimitHit" where "key" = ${key} order by "at" desc limit ${limit}) latest`;
    const taken = state?.taken ?? 0;
    if (taken >= limit)
      return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(state?.wait ?? seconds)) };
    await tx.$executeRaw`insert into "RateLimitHit" ("key", "at") values (${key}, clock_timestamp())`;
    await sweep(tx);
    return { ok: true, remaining: limit - taken - 1 };
  });
}

/** Gives back every slot of a key, as after a sign-in that succeeded. */
export async function clearSlots(db: Db, key: string): Promise<void> {
  await db.rateLimitHit.deleteMany({ where: { key } });
}

/** Removes a few rows of keys that nobody asks about any more; no window is longer than a day. */
async function sweep(tx: Tx): Promise<void> {
  await tx.$executeRaw`delete from "RateLimitHit" where "id" in (
    select "id" from "RateLimitHit" where "at" < clock_timestamp() - interval '1 day'
      and "id" < (select min("id") + ${SWEEP} from "RateLimitHit")
    for update skip locked)`;
}
