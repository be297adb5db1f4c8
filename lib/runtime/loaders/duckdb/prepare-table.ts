import type { Duckdb } from "#lib/duckdb.ts";
import { duckdbType, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { RunWarning } from "#lib/runs/schema.ts";
import { typeOfDuckdb } from "../../engines/duckdb/cast.ts";
import type { TypedColumn } from "../../engines/duckdb/chain.ts";
import { type ExistingColumn, fitColumns } from "../fit-columns.ts";
import type { LoadRequest } from "../loader.ts";
import { qualified } from "./insert-all.ts";

/**
 * Makes the table fit the rows.
 * @param known what the table is called in errors.
 * @returns whether it was made, and what was changed in words.
 */
export async function prepareTable(
  session: Duckdb,
  schema: string,
  name: string,
  columns: readonly TypedColumn[],
  step: LoadRequest["step"],
  known = name,
): Promise<{ made: boolean; said: RunWarning[] }> {
  const table = qualified(schema, name);
  const found = await session.rows<Omit<ExistingColumn, "type">>(
    `SELECT column_name AS name, data_type AS written, column_default IS NOT NULL AS filled FROM duckdb_columns()
     WHERE database_name = current_database() AND schema_name = ${sqlLiteral(schema)} AND table_name = ${sqlLiteral(name)}`,
  );
  if (found.length === 0) {
    const list = columns.map((column) => `${sqlIdentifier(column.name)} ${duckdbType(column.type)}`);
    await session.run(`CREATE TABLE ${table} (${list.join(", ")})`);
    return { made: true, said: [] };
  }
  const existing = found.map(({ name: column, written, filled }): ExistingColumn => {
    const { type, convert } = typeOfDuckdb(written);
    return { name: column, written, filled, type: convert ? undefined : type };
  });
  const { add, widen, said } = fitColumns(`${schema}.${known}`, existing, columns, step);
  for (const column of add)
    await session.run(
      `ALTER TABLE ${table} ADD COLUMN ${sqlIdentifier(column.name)} ${duckdbType(column.type)}`,
    );
  for (const column of widen)
    await session.run(
      `ALTER TABLE ${table} ALTER COLUMN ${sqlIdentifier(column.name)} TYPE ${duckdbType(column.type)}`,
    );
  return { made: false, said };
}
