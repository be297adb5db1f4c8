import type { IrType } from "#lib/ir/schema.ts";
import type { CursorRange, TableRequest } from "../connector.ts";
import { DataError } from "../data-error.ts";
import type { SnowflakeSourceConfig } from "../specs/snowflake.ts";
import { describeTables, type TableDetails } from "./catalogue.ts";
import { type CatalogueColumn, type MappedColumn, mapColumn } from "./columns.ts";
import type { SnowflakeLink } from "./connect-snowflake.ts";
import { readGrants, tableOf } from "./discover-snowflake.ts";
import { quoteName, quoteText, storedName } from "./names.ts";

/** A column of a table, with the SQL that writes it. */
export type ChosenColumn = CatalogueColumn & { mapped: MappedColumn };

/** A table that is about to be read: its columns, and the end of the statement, from FROM on. */
export type Chosen = { table: TableDetails; columns: ChosenColumn[]; from: string };

/** A table's name in a statement. */
export const tableSql = ({ database, schema }: SnowflakeSourceConfig, table: string): string =>
  [storedName(database), storedName(schema), table].map(quoteName).join(".");

/**
 * Looks a table up and says how the rows asked for are selected.
 * @throws DataError `unknown_table`, `unknown_column`, `invalid_cursor`
 */
export async function chooseRows(
  link: SnowflakeLink,
  config: SnowflakeSourceConfig,
  request: Pick<TableRequest, "table" | "columns" | "range" | "limit">,
): Promise<Chosen> {
  const name = tableOf(config, request.table);
  const [table] = await describeTables(link, config, [name]);
  if (!table) {
    throw new DataError("unknown_table", `There is no table ${name}, or the role may not see it.`, {
      hint: `If it is there: ${readGrants(config)}`,
    });
  }
  const all = table.columns.map((column) => ({
    ...column,
    mapped: mapColumn(column, quoteName(column.name)),
  }));
  const columns = request.columns?.map((wanted) => find(all, name, wanted)) ?? all;
  const where = request.range ? ` WHERE ${within(request.range, find(all, name, request.range.field))}` : "";
  const limit = request.limit === undefined ? "" : ` LIMIT ${Math.floor(request.limit)}`;
  return { table, columns, from: `FROM ${tableSql(config, name)}${where}${limit}` };
}

function find(columns: readonly ChosenColumn[], table: string, name: string): ChosenColumn {
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  throw new DataError("unknown_column", `${table} has no column ${name}.`, {
    hint: `Its columns are ${columns.map((column) => column.name).join(", ")}.`,
  });
}

function within({ field, after, inclusive, upTo, nulls }: CursorRange, column: ChosenColumn): string {
  const name = quoteName(field);
  if (nulls === "only") return `${name} IS NULL`;
  const bounds = [
    `${name} IS NOT NULL`,
    ...(after === undefined ? [] : [`${name}${inclusive ? ">=" : ">"}${literal(column, after)}`]),
    ...(upTo === undefined ? [] : [`${name}<=${literal(column, upTo)}`]),
  ].join(" AND ");
  return nulls === "too" ? `((${bounds}) OR ${name} IS NULL)` : bounds;
}

const NUMBERS = new Set<IrType["name"]>(["smallint", "integer", "bigint", "decimal", "double"]);

/** A cursor's value in a statement, of the column's own kind. */
function literal({ name, dataType, mapped }: ChosenColumn, value: string): string {
  if (NUMBERS.has(mapped.type.name)) {
    if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return value;
  } else if (dataType.startsWith("TIMESTAMP") || dataType === "DATE") {
    if (/^\d{4,5}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d{1,9})?)?\s*(Z|[+-]\d\d(:?\d\d)?)?$/.test(value)) {
      return `${quoteText(value.replace(/(:\d\d:[\d.]+[+-]\d\d)$/, "$1:00"))}::${dataType}`;
    }
  } else return quoteText(value);
  throw new DataError(
    "invalid_cursor",
    `The position "${value.slice(0, 100)}" of ${name} does not fit its type ${dataType}.`,
  );
}
