import type { Tx } from "#lib/db.ts";

/**
 * Has the rest of a transaction find rows by their index, one by one, as a flush does: the tables that a replay fills have
 * no statistics yet, and a few hundred rows are little beside any table.
 */
export async function planByIndex(tx: Tx, on: boolean): Promise<void> {
  const value = on ? "off" : "on";
  await tx.$executeRaw`select set_config('enable_seqscan', ${value}, true),
    set_config('enable_hashjoin', ${value}, true), set_config('enable_mergejoin', ${value}, true)`;
}
