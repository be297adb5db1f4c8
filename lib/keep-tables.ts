import type { Pool } from "pg";
import { messageOf } from "./errors.ts";
import { log } from "./log.ts";

const EVERY_MS = 60_000;

/**
 * Looks after an embedded engine's tables as a server's autovacuum would: it has none. Once a minute, never in the way of
 * an exit.
 * @returns how to stop.
 */
export function keepTables(pool: Pool): () => void {
  const timer = setInterval(() => {
    tendTables(pool).catch((error: unknown) =>
      log.warn({ reason: messageOf(error) }, "tables were not tended"),
    );
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Clears away old versions of rows, and counts the rows anew, in each table that has grown by a fifth since the last
 * time. Statements that were planned for its former size are planned again.
 * @returns the tables' names.
 */
export async function tendTables(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(`
    select oid::regclass::text as name from pg_class
    where relkind = 'r' and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      and pg_relation_size(oid) / current_setting('block_size')::int > relpages * 1.2 + 2
    order by 1`);
  for (const { name } of rows) await pool.query(`vacuum (analyze) ${name}`);
  return rows.map(({ name }) => name);
}
