import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import type { CursorRange, OpenedTable, TablePort, TableRequest } from "../connector.ts";
import { DataError } from "../data-error.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";
import { copyOut } from "./copy-out.ts";
import { type DescribedTable, describeTable, type TableColumn } from "./describe.ts";
import { connected, readingError, withSession } from "./with-session.ts";

type Port = TablePort<PostgresSourceConfig>;

/** Everything that decides how a value is written as text, so that nothing is lost and nothing depends on the server. */
export const EXACT_TEXT = [
  "set local timezone = 'UTC'",
  "set local datestyle = 'ISO, MDY'",
  "set local intervalstyle = 'iso_8601'",
  "set local extra_float_digits = 3",
  "set local bytea_output = 'hex'",
  "set local standard_conforming_strings = on",
].join("; ");

/** One state of the table from the first row to the last, without a limit of time but for locks. */
const BEGIN_READING = `begin isolation level repeatable read read only; ${EXACT_TEXT}; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local lock_timeout = ${limits.discoverMs}`;

/** Opens a table; its rows come by COPY, as text or in PostgreSQL's binary form. */
export const readPostgres: Port["read"] = ({ config }, request) => openTable(config, request);

/** The same. @param snapshot a state of the database that another session holds, to read that one. */
export async function openTable(
  config: PostgresSourceConfig,
  request: TableRequest,
  snapshot?: string,
): Promise<OpenedTable> {
  const { signal } = request;
  const session = await connected(config, { signal });
  const explain = (error: unknown): Error => {
    if (signal?.aborted) return signal.reason;
    return readingError(config, error);
  };
  try {
    const begin = snapshot === undefined ? "" : `set transaction snapshot ${sqlLiteral(snapshot)}; `;
    await session.client.query(BEGIN_READING.replace("; ", `; ${begin}`));
    const table = await describeTable(session, config, request.table);
    const columns = chosenColumns(table, request.columns);
    const rest = `from ${table.sql}${whereOf(table, request.range)}${limitOf(request.limit)}`;
    const copy = (expressions: string[], format: string) =>
      copyOut(
        session,
        `copy (select ${expressions.join(", ")} ${rest}) to stdout (format ${format})`,
        explain,
      );
    const opened: OpenedTable = {
      columns: columns.map(({ name, type, note }) => ({ name, type, ...(note && { note }) })),
      ...(table.rows !== null && table.relkind !== "v" && { rowEstimate: table.rows }),
      csv: async () => copy(columns.map(asCsv), "csv"),
      binary: async () =>
        copy(
          columns.map(({ expression }) => expression),
          "binary",
        ),
      close: session.close,
    };
    return opened;
  } catch (error) {
    await session.close();
    throw explain(error);
  }
}

/** COPY writes booleans as t and f, which only PostgreSQL reads. */
const asCsv = ({ type, expression }: TableColumn) =>
  type.name === "boolean" ? `(${expression})::text` : expression;

/** The highest value of a column as text, by its index if it has one. */
export const postgresHighest: Port["highest"] = ({ config }, { table: name, field }) =>
  withSession(config, { queryMs: limits.discoverMs }, async (session) => {
    await session.client.query(`begin read only; ${EXACT_TEXT}`);
    const table = await describeTable(session, config, name);
    const column = sqlIdentifier(columnOf(table, field).name);
    const { rows } = await session.client.query<{ value: string }>(
      `select ${column}::text as value from ${table.sql} where ${column} is not null order by ${column} desc limit 1`,
    );
    return rows[0]?.value;
  });

function chosenColumns(table: DescribedTable, names: readonly string[] | undefined): TableColumn[] {
  const columns = names ? names.map((name) => columnOf(table, name)) : table.columns;
  if (columns.length === 0)
    throw new DataError("no_columns", `${table.stream} has no column that can be read.`);
  return columns;
}

function columnOf(table: DescribedTable, name: string): TableColumn {
  const column = table.columns.find((each) => each.name === name);
  if (column) return column;
  const why = table.hidden.includes(name) ? "may not be read" : "is not there";
  throw new DataError("unknown_column", `The column ${name} of ${table.stream} ${why}.`, {
    hint: `There are: ${table.columns.map((each) => each.name).join(", ")}`,
  });
}

function whereOf(table: DescribedTable, range: CursorRange | undefined): string {
  if (!range) return "";
  const { plain, name } = columnOf(table, range.field);
  const column = sqlIdentifier(name);
  if (range.nulls === "only") return ` where ${column} is null`;
  const value = (text: string) => `${sqlLiteral(text)}::${plain}`;
  const bounds = [
    range.after !== undefined && `${column} ${range.inclusive ? ">=" : ">"} ${value(range.after)}`,
    range.upTo !== undefined && `${column} <= ${value(range.upTo)}`,
  ].filter(Boolean);
  const within = bounds.join(" and ") || `${column} is not null`;
  return range.nulls === "too" ? ` where (${within}) or ${column} is null` : ` where ${within}`;
}

const limitOf = (limit: number | undefined) =>
  limit === undefined ? "" : ` limit ${Math.max(0, Math.floor(limit))}`;
