import { type Database, openDatabase } from "#lib/db.ts";
import { advanceBackfills } from "./advance-backfills.ts";
import { repeat } from "./repeat.ts";
import { scheduleTick } from "./schedule-tick.ts";

const TICK_MS = 1_000;

/** Starts what is due, and the next run of every backfill, each second until stopped. Every worker may do so. @returns how to stop. */
export async function startScheduler({
  database: given,
}: {
  database?: Database;
} = {}): Promise<() => Promise<void>> {
  const database = given ?? (await openDatabase());
  const schedules = repeat("schedule tick", TICK_MS, () => scheduleTick(database.db));
  const backfills = repeat("backfills", TICK_MS, () => advanceBackfills(database.db));
  return async () => void (await Promise.all([schedules.stop(), backfills.stop()]));
}
