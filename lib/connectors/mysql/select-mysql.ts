import type { IrType } from "#lib/ir/schema.ts";
import type { CursorRange, TableRequest } from "../connector.ts";
import { DataError } from "../data-error.ts";
import type { MysqlSourceConfig } from "../specs/mysql.ts";
import { describeTables, type TableDetails } from "./catalogue.ts";
import { type CatalogueColumn, type MappedColumn, mapColumn } from "./columns.ts";
import type { MysqlLink } from "./connect-mysql.ts";
import { tableOf } from "./discover-mysql.ts";
import { quoteName, quoteText } from "./quote.ts";

/** A column of a table, with the SQL that writes it. */
export type ChosenColumn = CatalogueColumn & { mapped: MappedColumn };

/** A table that is about to be read: its columns, and the end of the statement, from FROM on. */
export type Chosen = { table: TableDetails; columns: ChosenColumn[]; from: string };

/**
 * Looks a table up and says how the rows asked for are selected.
 * @throws DataError `unknown_table`, `unknown_column`, `invalid_cursor`
 */
export async function chooseRows(
  link: MysqlLink,
  { database }: MysqlSourceConfig,
  request: Pick<TableRequest, "table" | "columns" | "range" | "limit">,
): Promise<Chosen> {
  const name = tableOf(database, request.table);
  const [table] = await describeTables(link, database, [name]);
  if (!table) {
    throw new DataError("unknown_table", `There is no table ${name} in ${database}, or it may not be read.`, {
      hint: `GRANT SELECT ON ${quoteName(database)}.${quoteName(name)} to the account, if the table is there.`,
    });
  }
  const all = table.columns.map((column) => ({
    ...column,
    mapped: mapColumn(column, quoteName(column.name)),
  }));
  const columns = request.columns?.map((wanted) => find(all, name, wanted)) ?? all;
  const where = request.range ? ` WHERE ${within(request.range, find(all, name, request.range.field))}` : "";
  const limit = request.limit === undefined ? "" : ` LIMIT ${Math.floor(request.limit)}`;
  return { table, columns, from: `FROM ${quoteName(database)}.${quoteName(name)}${where}${limit}` };
}

function find(columns: readonly ChosenColumn[], table: string, name: string): ChosenColumn {
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  throw new DataError("unknown_column", `${table} has no column ${name}.`, {
    hint: `Its columns are ${columns.map((column) => column.name).join(", ")}.`,
  });
}

function within({ field, after, inclusive, upTo, nulls }: CursorRange, { mapped }: ChosenColumn): string {
  const absent = `NOT COALESCE(${mapped.present},0)`;
  if (nulls === "only") return absent;
  const name = quoteName(field);
  const bounds = [
    ...(after === undefined ? [] : [`${name}${inclusive ? ">=" : ">"}${literal(mapped.type, field, after)}`]),
    ...(upTo === undefined ? [] : [`${name}<=${literal(mapped.type, field, upTo)}`]),
  ];
  const present = [mapped.present, ...bounds].map((each) => `(${each})`).join(" AND ");
  return nulls === "too" ? `((${present}) OR ${absent})` : present;
}

const NUMBERS = new Set<IrType["name"]>(["smallint", "integer", "bigint", "decimal", "double"]);

/** A cursor's value in a statement, of the column's own kind: compared as text, 9 is greater than 10. */
function literal(type: IrType, field: string, value: string): string {
  if (NUMBERS.has(type.name)) {
    if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return value;
    throw invalid(field, value, "a number");
  }
  if (type.name === "timestamptz") return quoteText(inUtc(field, value));
  if (type.name === "timestamp" || type.name === "date") {
    if (/^\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d{1,6})?)?$/.test(value)) return quoteText(value);
    throw invalid(field, value, "a date or moment");
  }
  return quoteText(value);
}

/** The server reads no zones in this version or that: the session is in UTC, and so is the value. */
function inUtc(field: string, value: string): string {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,6})?\s*(?:Z|([+-])(\d\d):?(\d\d)?)?$/.exec(
    value,
  );
  if (!match) throw invalid(field, value, "a moment");
  const [, day, time, fraction = "", sign, hours = "0", minutes = "0"] = match;
  const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const at = new Date(Date.parse(`${day}T${time}Z`) - offset);
  return `${at.toISOString().slice(0, 19).replace("T", " ")}${fraction}`;
}

const invalid = (field: string, value: string, wanted: string) =>
  new DataError("invalid_cursor", `The position "${value.slice(0, 100)}" of ${field} is not ${wanted}.`);
