import { type Database, openDatabase } from "#lib/db.ts";
import { repeat } from "./repeat.ts";
import { scheduleTick } from "./schedule-tick.ts";

const TICK_MS = 1_000;

/** Ticks every second until stopped. Every worker may do so. @returns how to stop. */
export async function startScheduler({
  database: given,
}: {
  database?: Database;
} = {}): Promise<() => Promise<void>> {
  const database = given ?? (await openDatabase());
  return repeat("schedule tick", TICK_MS, () => scheduleTick(database.db));
}
