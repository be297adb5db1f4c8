import type { Duckdb } from "#lib/duckdb.ts";
import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import {
  countLate,
  HIGH_WATER_COLUMNS,
  HIGH_WATER_KEY,
  highWaterOf,
  watermarkColumn,
} from "../high-water.ts";
import type { LoadCounts, LoadInput } from "../loader.ts";
import { columnList, qualified } from "./insert-all.ts";
import { MARKER_SCHEMA } from "./marker.ts";

/** The table of high-water marks. */
const MARKS = `${MARKER_SCHEMA}.high_water`;

/**
 * Loads the rows above the target's high-water mark, and sets the mark to the highest of them, in the transaction that
 * is open. The others, at or below the mark or without a value, are counted as late.
 * @param made the table was made just now: there is no mark then, whatever an earlier table of that name had.
 * @throws DataError
 */
export async function loadNewer(
  session: Duckdb,
  schema: string,
  input: LoadInput,
  counts: LoadCounts,
  made: boolean,
): Promise<void> {
  const { step, rows } = input;
  const { name } = watermarkColumn(rows.columns, step);
  await session.run(`CREATE TABLE IF NOT EXISTS ${MARKS} (${HIGH_WATER_COLUMNS})`);
  const key = highWaterOf(schema, input).map(sqlLiteral);
  const where = HIGH_WATER_KEY.map((column, at) => `${column} = ${key[at]}`).join(" AND ");
  const [known] = await session.rows<{ value: string }>(`SELECT value FROM ${MARKS} WHERE ${where}`);
  const mark = made ? undefined : known?.value;
  const list = columnList(rows.columns);
  await session.run(`CREATE OR REPLACE TEMP TABLE _penstock_stage AS SELECT ${list} FROM ${rows.from()}`);
  // The table's own type is as wide as every value that it ever took, and so as the mark.
  const type = await typeOfColumn(session, schema, step.table.name, name);
  const column = sqlIdentifier(name);
  const value = `CAST(${column} AS ${type})`;
  const newer =
    mark === undefined ? `${column} IS NOT NULL` : `${value} > CAST(${sqlLiteral(mark)} AS ${type})`;
  const [found] = await session.rows<{ n: unknown; missing: unknown; highest: string | null }>(
    `SELECT count(*) AS n, count(*) - count(${column}) AS missing,
     CAST(max(${value}) FILTER (WHERE ${newer}) AS VARCHAR) AS highest FROM _penstock_stage`,
  );
  counts.in = Number(found?.n ?? 0);
  counts.inserted = await session.run(
    `INSERT INTO ${qualified(schema, step.table.name)} (${list}) SELECT ${list} FROM _penstock_stage WHERE ${newer}`,
  );
  countLate(counts, Number(found?.missing ?? 0), step);
  const highest = found?.highest ?? null;
  if (highest !== null)
    await session.run(
      `INSERT INTO ${MARKS} VALUES (${key.join(", ")}, ${sqlLiteral(highest)}, now())
       ON CONFLICT (${HIGH_WATER_KEY.join(", ")}) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
    );
  else if (made) await session.run(`DELETE FROM ${MARKS} WHERE ${where}`);
  await session.run("DROP TABLE _penstock_stage");
}

async function typeOfColumn(session: Duckdb, schema: string, table: string, column: string): Promise<string> {
  const [found] = await session.rows<{ type: string }>(
    `SELECT data_type AS type FROM information_schema.columns WHERE table_catalog = current_database()
     AND table_schema = ${sqlLiteral(schema)} AND table_name = ${sqlLiteral(table)} AND column_name = ${sqlLiteral(column)}`,
  );
  return found?.type ?? "VARCHAR";
}
