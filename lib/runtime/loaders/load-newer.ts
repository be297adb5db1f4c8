import type pg from "pg";
import { sqlIdentifier } from "#lib/ir/index.ts";
import { columnList } from "./copy-in.ts";
import {
  countLate,
  HIGH_WATER_COLUMNS,
  HIGH_WATER_KEY,
  HIGH_WATER_TABLE,
  highWaterOf,
  watermarkColumn,
} from "./high-water.ts";
import { oneAtATime } from "./load-mark.ts";
import type { LoadCounts, LoadInput } from "./loader.ts";
import { STAGE, stageRows } from "./stage-rows.ts";

/**
 * Loads the rows above the target's high-water mark, and sets the mark to the highest of them, in the transaction that
 * is open. The others, at or below the mark or without a value, are counted as late.
 * @param made the table was made just now: there is no mark then, whatever an earlier table of that name had.
 * @throws DataError
 */
export async function loadNewer(
  client: pg.Client,
  schema: string,
  input: LoadInput,
  counts: LoadCounts,
  made: boolean,
): Promise<void> {
  const { step, rows } = input;
  const { name, type, kind } = watermarkColumn(rows.columns, step);
  const marks = `${sqlIdentifier(schema)}.${sqlIdentifier(HIGH_WATER_TABLE)}`;
  const key = highWaterOf(schema, input);
  await lockMark(client, schema, marks, key);
  counts.in = await stageRows(client, input);
  await client.query("set local datestyle = 'ISO, YMD'");
  const where = HIGH_WATER_KEY.map((column, at) => `${column} = $${at + 1}`).join(" and ");
  const { rows: known } = await client.query<{ value: string }>(
    `select value from ${marks} where ${where}`,
    key,
  );
  const mark = made ? undefined : known[0]?.value;
  // Numbers of any size in one type; text by its characters, whatever the database's collation.
  const column = sqlIdentifier(name);
  const [as, collate] =
    kind === "number" ? ["numeric", ""] : kind === "text" ? ["text", ' collate "C"'] : [type.name, ""];
  const value = `${column}::${as}${collate}`;
  const newer = mark === undefined ? `${column} is not null` : `${value} > $1::${as}`;
  const given = mark === undefined ? [] : [mark];
  const found = await client.query<{ highest: string | null; missing: string }>(
    `select (max(${value}) filter (where ${newer}))::text as highest, count(*) filter (where ${column} is null) as missing from ${STAGE}`,
    given,
  );
  const list = columnList(rows.columns);
  const table = `${sqlIdentifier(schema)}.${sqlIdentifier(step.table.name)}`;
  const inserted = await client.query(
    `insert into ${table} (${list}) select ${list} from ${STAGE} where ${newer}`,
    given,
  );
  counts.inserted = inserted.rowCount ?? 0;
  const { highest, missing } = found.rows[0] ?? { highest: null, missing: "0" };
  countLate(counts, Number(missing), step);
  if (highest !== null)
    await client.query(
      `insert into ${marks} (${HIGH_WATER_KEY.join(", ")}, value) values ($1, $2, $3, $4, $5)
       on conflict (${HIGH_WATER_KEY.join(", ")}) do update set value = excluded.value, updated_at = now()`,
      [...key, highest],
    );
  else if (made) await client.query(`delete from ${marks} where ${where}`, key);
}

/** Makes the table of marks if it is not there; a worker thought dead that still loads this target is waited for. */
async function lockMark(client: pg.Client, schema: string, marks: string, key: string[]): Promise<void> {
  const { rows } = await client.query("select 1 from pg_tables where schemaname = $1 and tablename = $2", [
    schema,
    HIGH_WATER_TABLE,
  ]);
  if (rows.length === 0) {
    await oneAtATime(client, schema);
    await client.query(`create table if not exists ${marks} (${HIGH_WATER_COLUMNS})`);
  }
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
    `penstock high water ${JSON.stringify(key)}`,
  ]);
}
