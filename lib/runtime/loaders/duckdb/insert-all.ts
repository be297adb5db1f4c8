import type { Duckdb } from "#lib/duckdb.ts";
import { sqlIdentifier } from "#lib/ir/index.ts";
import type { TypedColumn } from "../../engines/duckdb/chain.ts";
import type { RowSource } from "../loader.ts";

/** Columns as a list of SQL. */
export const columnList = (columns: readonly TypedColumn[]) =>
  columns.map(({ name }) => sqlIdentifier(name)).join(", ");

/** A table's whole name in SQL. */
export const qualified = (schema: string, name: string) => `${sqlIdentifier(schema)}.${sqlIdentifier(name)}`;

/** Inserts every row. @returns how many. */
export function insertAll(session: Duckdb, table: string, rows: RowSource): Promise<number> {
  const names = columnList(rows.columns);
  return session.run(`INSERT INTO ${table} (${names}) SELECT ${names} FROM ${rows.from()}`);
}
