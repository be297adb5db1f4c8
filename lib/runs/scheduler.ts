import { type Database, openDatabase } from "#lib/db.ts";
import { advanceBackfills } from "./advance-backfills.ts";
import type { LookForFiles } from "./look-for-files.ts";
import { startLooks } from "./looks.ts";
import { repeat } from "./repeat.ts";
import { scheduleTick } from "./schedule-tick.ts";

const TICK_MS = 1_000;

/**
 * Starts what is due, and the next run of every backfill, each second until stopped; looks for files where schedules
 * wait for them. Every worker may do so.
 * @param look how files are looked for; without it that is left to others.
 * @returns how to stop.
 */
export async function startScheduler({
  database: given,
  look,
}: {
  database?: Database;
  look?: LookForFiles;
} = {}): Promise<() => Promise<void>> {
  const database = given ?? (await openDatabase());
  const loops = [
    repeat("schedule tick", TICK_MS, () => scheduleTick(database.db)),
    repeat("backfills", TICK_MS, () => advanceBackfills(database.db)),
    ...(look ? [startLooks(database.db, look)] : []),
  ];
  return async () => void (await Promise.all(loops.map(({ stop }) => stop())));
}
