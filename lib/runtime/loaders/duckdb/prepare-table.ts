import type { Duckdb } from "#lib/duckdb.ts";
import { duckdbType, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { typeOfDuckdb } from "../../engines/duckdb/cast.ts";
import type { TypedColumn } from "../../engines/duckdb/chain.ts";
import { type ExistingColumn, fitColumns } from "../fit-columns.ts";
import { qualified } from "./insert-all.ts";

/**
 * Makes the table fit the rows.
 * @param known what the table is called in errors.
 * @returns whether it was made.
 */
export async function prepareTable(
  session: Duckdb,
  schema: string,
  name: string,
  columns: readonly TypedColumn[],
  evolution: "evolve" | "freeze",
  known = name,
): Promise<boolean> {
  const table = qualified(schema, name);
  const found = await session.rows<{ name: string; written: string }>(
    `SELECT column_name AS name, data_type AS written FROM information_schema.columns
     WHERE table_schema = ${sqlLiteral(schema)} AND table_name = ${sqlLiteral(name)}`,
  );
  if (found.length === 0) {
    const list = columns.map((column) => `${sqlIdentifier(column.name)} ${duckdbType(column.type)}`);
    await session.run(`CREATE TABLE ${table} (${list.join(", ")})`);
    return true;
  }
  const existing = found.map(({ name: column, written }): ExistingColumn => {
    const { type, convert } = typeOfDuckdb(written);
    return { name: column, written, type: convert ? undefined : type };
  });
  const { add, widen } = fitColumns(`${schema}.${known}`, existing, columns, evolution);
  for (const column of add)
    await session.run(
      `ALTER TABLE ${table} ADD COLUMN ${sqlIdentifier(column.name)} ${duckdbType(column.type)}`,
    );
  for (const column of widen)
    await session.run(
      `ALTER TABLE ${table} ALTER COLUMN ${sqlIdentifier(column.name)} TYPE ${duckdbType(column.type)}`,
    );
  return false;
}
