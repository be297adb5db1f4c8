import { openDatabase } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { VECTOR_TABLE } from "#lib/memory/index.ts";
import { REPLAYED } from "./replay-shadow.ts";

const SLOT = Symbol.for("penstock.ingest-vacuum");
const store = globalThis as { [SLOT]?: { running: boolean; again: boolean } };

/**
 * Has the database clear away, in the background, the versions of rows that an erasure left behind. One at a time; what
 * fails is logged and left to the database's own housekeeping.
 */
export function vacuumSoon(): void {
  store[SLOT] ??= { running: false, again: false };
  const state = store[SLOT];
  state.again = true;
  if (state.running) return;
  state.running = true;
  void clear(state).finally(() => {
    state.running = false;
  });
}

async function clear(state: { again: boolean }): Promise<void> {
  const { pool } = await openDatabase();
  while (state.again) {
    state.again = false;
    const vectors = await pool
      .query("select where to_regclass($1) is not null", [VECTOR_TABLE])
      .catch(() => undefined);
    const tables = ["Event", ...REPLAYED.map(({ name }) => name), "AuditContent"].map((name) => `"${name}"`);
    for (const table of vectors?.rowCount ? [...tables, VECTOR_TABLE] : tables)
      await pool.query(`vacuum ${table}`).catch((error) => {
        log.warn({ table, reason: messageOf(error) }, "erased rows could not be cleared away yet");
      });
  }
}
