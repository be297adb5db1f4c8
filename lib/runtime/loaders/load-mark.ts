import type pg from "pg";
import { sqlIdentifier } from "#lib/ir/index.ts";
import type { LoadCounts } from "./loader.ts";

/** Remembers, in the destination itself, which loads were committed. */
export const MARKER_TABLE = "_penstock_loads";
const KEEP_MARKS = "90 days";

/** A load of a run: its mark lies in the schema of the table that it loads. */
export type LoadMark = { schema: string; runId: string; nodeId: string };

const nameOf = ({ schema }: LoadMark) => `${sqlIdentifier(schema)}.${sqlIdentifier(MARKER_TABLE)}`;

/** "If not exists" fails where two do it at once: the first load into a schema makes the others wait for its end. */
export async function oneAtATime(client: pg.Client, schema: string): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`penstock schema ${schema}`]);
}

/** What a load came to, if it was committed; the table of marks is made if it is not there. */
export async function readMark(client: pg.Client, mark: LoadMark): Promise<LoadCounts | undefined> {
  if (!(await hasMarks(client, mark))) {
    await oneAtATime(client, mark.schema);
    await client.query(
      `create table if not exists ${nameOf(mark)} (run_id text, node_id text, table_name text not null, counts jsonb not null,
       loaded_at timestamptz not null default now(), primary key (run_id, node_id))`,
    );
  }
  return lookForMark(client, mark);
}

/** Whether there is a table of marks. */
export async function hasMarks(client: pg.Client, { schema }: LoadMark): Promise<boolean> {
  const { rows } = await client.query("select 1 from pg_tables where schemaname = $1 and tablename = $2", [
    schema,
    MARKER_TABLE,
  ]);
  return rows.length > 0;
}

/** What a load came to, if it was committed. Inside a transaction. */
export async function lookForMark(client: pg.Client, mark: LoadMark): Promise<LoadCounts | undefined> {
  const { runId, nodeId } = mark;
  // A worker thought dead may still be committing: wait for it instead of loading beside it.
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${runId} ${nodeId}`]);
  const { rows } = await client.query<{ counts: LoadCounts }>(
    `select counts from ${nameOf(mark)} where run_id = $1 and node_id = $2`,
    [runId, nodeId],
  );
  return rows[0]?.counts;
}

/** Marks a load as committed with its transaction, and forgets old ones. */
export async function writeMark(
  client: pg.Client,
  mark: LoadMark,
  table: string,
  counts: LoadCounts,
): Promise<void> {
  await client.query(
    `insert into ${nameOf(mark)} (run_id, node_id, table_name, counts) values ($1, $2, $3, $4)`,
    [mark.runId, mark.nodeId, table, JSON.stringify(counts)],
  );
  await client.query(`delete from ${nameOf(mark)} where loaded_at < now() - interval '${KEEP_MARKS}'`);
}
