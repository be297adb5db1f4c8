import { limits } from "#lib/limits.ts";
import { askOnce } from "../ask-once.ts";
import type { Given, OpenedTable, TablePort, TableRequest } from "../connector.ts";
import { type MysqlSourceConfig, mysqlSpec } from "../specs/mysql.ts";
import { listTables } from "./catalogue.ts";
import { followMysql } from "./changes/follow-mysql.ts";
import { checkMysql } from "./check-mysql.ts";
import { connectMysql, type MysqlLink } from "./connect-mysql.ts";
import { describeColumn, discoverMysql, streamName } from "./discover-mysql.ts";
import { mysqlDataError } from "./explain-mysql.ts";
import { lineSql, valueSql } from "./line-sql.ts";
import { quoteName } from "./quote.ts";
import { chooseRows } from "./select-mysql.ts";
import { streamLines } from "./stream-lines.ts";

/** Characters of one value in a preview. */
const SHOWN_CHARS = 2_000;

/**
 * MySQL and MariaDB. Rows are read by one statement that writes each as a line of CSV at the server, so that nothing is
 * taken apart here; a single statement sees one state of the table.
 */
export const mysqlConnector: TablePort<MysqlSourceConfig> = {
  spec: mysqlSpec,
  family: "table",
  check: checkMysql,
  discover: ({ config }, request) =>
    once(config, request.signal, (link) => discoverMysql(link, config, request)),
  names: ({ config }, { signal } = {}) =>
    once(config, signal, async (link) => {
      const { database } = config;
      const tables = await listTables(link, { database, limit: limits.discoveredNames });
      return tables.map(({ name }) => streamName(database, name));
    }),
  preview: ({ config }, { stream, rows, signal }) =>
    once(config, signal, async (link) => {
      const { columns, from } = await chooseRows(link, config, { table: stream, limit: rows });
      const values = columns.map(({ mapped }) => `LEFT(${valueSql(mapped)},${SHOWN_CHARS})`).join(",");
      return { columns: columns.map(describeColumn), rows: await link.query(`SELECT ${values} ${from}`) };
    }),
  highest: ({ config }, { table, field }) =>
    once(config, undefined, async (link) => {
      const { columns, from } = await chooseRows(link, config, {
        ...{ table, columns: [field], range: { field } },
      });
      const [column] = columns;
      if (!column) return undefined;
      const rows = await link.query(
        `SELECT ${valueSql(column.mapped)} FROM (SELECT MAX(${quoteName(field)}) AS ${quoteName(field)} ${from}) AS highest`,
      );
      return rows[0]?.[0] ?? undefined;
    }),
  read: openTable,
  follow: followMysql,
};

/** One short question on a session of its own. */
const once = <T>(
  config: MysqlSourceConfig,
  signal: AbortSignal | undefined,
  ask: (link: MysqlLink) => Promise<T>,
): Promise<T> =>
  askOnce(
    (ending) => connectMysql(config, ending),
    signal,
    ask,
    (error) => mysqlDataError(config, error),
  );

async function openTable({ config }: Given<MysqlSourceConfig>, request: TableRequest): Promise<OpenedTable> {
  let link: MysqlLink | undefined;
  try {
    const open = await connectMysql(config, request.signal);
    link = open;
    const { table, columns, from } = await chooseRows(open, config, request);
    const sql = `SELECT ${lineSql(columns)} ${from}`;
    return {
      columns: columns.map(({ name, mapped: { type, note } }) => ({ name, type, ...(note && { note }) })),
      ...(table.rowEstimate !== null && { rowEstimate: table.rowEstimate }),
      csv: async () => streamLines(open, config, sql, request.signal),
      close: async () => open.close(),
    };
  } catch (error) {
    link?.close();
    request.signal?.throwIfAborted();
    throw mysqlDataError(config, error);
  }
}
