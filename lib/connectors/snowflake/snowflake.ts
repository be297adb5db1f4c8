import { limits } from "#lib/limits.ts";
import { askOnce } from "../ask-once.ts";
import type { Given, OpenedTable, TablePort, TableRequest } from "../connector.ts";
import { type SnowflakeSourceConfig, snowflakeSpec } from "../specs/snowflake.ts";
import { listTables } from "./catalogue.ts";
import { checkSnowflake } from "./check-snowflake.ts";
import { lineSql } from "./columns.ts";
import { connectSnowflake, type SnowflakeLink } from "./connect-snowflake.ts";
import { describeColumn, discoverSnowflake, streamName } from "./discover-snowflake.ts";
import { snowflakeDataError } from "./explain-snowflake.ts";
import { quoteName } from "./names.ts";
import { chooseRows } from "./select-snowflake.ts";
import { streamLines } from "./stream-lines.ts";

/** Characters of one value in a preview. */
const SHOWN_CHARS = 2_000;

/**
 * Snowflake, by its own library. Rows are read by one statement that writes each as a line of CSV at the source. It is
 * tested against a server of ours that speaks the wire protocol and lets DuckDB run the SQL: what Snowflake itself does
 * with the same SQL is taken from its documentation.
 */
export const snowflakeConnector: TablePort<SnowflakeSourceConfig> = {
  spec: snowflakeSpec,
  family: "table",
  check: checkSnowflake,
  discover: ({ config }, request) =>
    once(config, request.signal, (link) => discoverSnowflake(link, config, request)),
  names: ({ config }, { signal } = {}) =>
    once(config, signal, async (link) => {
      const tables = await listTables(link, config, { limit: limits.discoveredNames });
      return tables.map((name) => streamName(config, name));
    }),
  preview: ({ config }, { stream, rows, signal }) =>
    once(config, signal, async (link) => {
      const { columns, from } = await chooseRows(link, config, { table: stream, limit: rows });
      const values = columns.map(({ mapped }) => `LEFT(${mapped.text},${SHOWN_CHARS})`).join(",");
      return { columns: columns.map(describeColumn), rows: await link.query(`SELECT ${values} ${from}`) };
    }),
  highest: ({ config }, { table, field }) =>
    once(config, undefined, async (link) => {
      const { columns, from } = await chooseRows(link, config, {
        ...{ table, columns: [field], range: { field } },
      });
      const [column] = columns;
      const name = quoteName(field);
      const rows = await link.query(
        `SELECT ${column?.mapped.text} FROM (SELECT MAX(${name}) AS ${name} ${from}) AS HIGHEST`,
      );
      return rows[0]?.[0] ?? undefined;
    }),
  read: openTable,
};

/** One short question on a session of its own. */
const once = <T>(
  config: SnowflakeSourceConfig,
  signal: AbortSignal | undefined,
  ask: (link: SnowflakeLink) => Promise<T>,
): Promise<T> =>
  askOnce(
    (ending) => connectSnowflake(config, ending),
    signal,
    ask,
    (error) => snowflakeDataError(config, error),
  );

async function openTable(
  { config }: Given<SnowflakeSourceConfig>,
  request: TableRequest,
): Promise<OpenedTable> {
  let link: SnowflakeLink | undefined;
  const failed = (error: unknown) => {
    link?.close();
    request.signal?.throwIfAborted();
    return snowflakeDataError(config, error);
  };
  try {
    const open = await connectSnowflake(config, request.signal);
    link = open;
    const { table, columns, from } = await chooseRows(open, config, request);
    const sql = `SELECT ${lineSql(columns.map(({ mapped }) => mapped))} AS LINE ${from}`;
    return {
      columns: columns.map(({ name, mapped: { type, note } }) => ({ name, type, ...(note && { note }) })),
      ...(table.rowEstimate !== null && { rowEstimate: table.rowEstimate }),
      csv: () =>
        streamLines(open, config, sql, request.signal).catch((error) => {
          throw failed(error);
        }),
      close: async () => open.close(),
    };
  } catch (error) {
    throw failed(error);
  }
}
