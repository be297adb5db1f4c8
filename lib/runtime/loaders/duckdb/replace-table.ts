import { DataError } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { LoadCounts, LoadInput } from "../loader.ts";
import { nextOf } from "../replace-table.ts";
import { insertAll, qualified } from "./insert-all.ts";
import { prepareTable } from "./prepare-table.ts";

/**
 * Fills a new table that is made like the target's, and puts it in that one's place, in the transaction that is open.
 * Views go by the table's name: they read the new one.
 * @returns how many rows the table then has.
 * @throws DataError `empty_load`
 */
export async function replaceTable(
  session: Duckdb,
  schema: string,
  input: LoadInput,
  counts: Pick<LoadCounts, "warnings">,
): Promise<number> {
  const { step, rows } = input;
  const { name } = step.table;
  const [table, next] = [qualified(schema, name), qualified(schema, nextOf(name))];
  await session.run(`DROP TABLE IF EXISTS ${next}`);
  const named = `schema_name = ${sqlLiteral(schema)} AND table_name = ${sqlLiteral(name)} AND database_name = current_database()`;
  const [old] = await session.rows<{ sql: string }>(`SELECT sql FROM duckdb_tables() WHERE ${named}`);
  const indexes = await session.rows<{ sql: string }>(`SELECT sql FROM duckdb_indexes() WHERE ${named}`);
  // What stands in the brackets makes the table what it is: its columns, defaults and keys.
  if (old) await session.run(`CREATE TABLE ${next} ${old.sql.slice(old.sql.indexOf("("))}`);
  const { said } = await prepareTable(session, schema, nextOf(name), rows.columns, step, name);
  counts.warnings = said;
  const loaded = await insertAll(session, next, rows);
  if (loaded === 0)
    throw new DataError("empty_load", "There are 0 rows: the table was not replaced", {
      hint: 'Use loadMode "truncate" with "allowEmpty" if no rows are all right',
    });
  if (old) await session.run(`DROP TABLE ${table}`);
  await session.run(`ALTER TABLE ${next} RENAME TO ${sqlIdentifier(name)}`);
  for (const { sql } of indexes) await session.run(sql);
  return loaded;
}
