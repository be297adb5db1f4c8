import type { SnowflakeSourceConfig } from "../specs/snowflake.ts";
import type { CatalogueColumn } from "./columns.ts";
import type { SnowflakeLink } from "./connect-snowflake.ts";
import { quoteName, quoteText, storedName } from "./names.ts";

/** What is known of one table. */
export type TableDetails = {
  name: string;
  view: boolean;
  columns: CatalogueColumn[];
  primaryKey: string[];
  rowEstimate: number | null;
  bytes: number | null;
};

type Which = {
  filter?: string | undefined;
  after?: string | undefined;
  names?: readonly string[] | undefined;
};

const inSchema = (config: SnowflakeSourceConfig, view: string) =>
  `${quoteName(storedName(config.database))}.INFORMATION_SCHEMA.${view} ` +
  `WHERE TABLE_SCHEMA=${quoteText(storedName(config.schema))}`;

function which({ filter, after, names }: Which): string {
  const wanted = filter ? ` AND POSITION(${quoteText(filter.toUpperCase())} IN UPPER(TABLE_NAME))>0` : "";
  const behind = after === undefined ? "" : ` AND TABLE_NAME>${quoteText(after)}`;
  const only = names ? ` AND TABLE_NAME IN (${names.map(quoteText).join(",") || "NULL"})` : "";
  return wanted + behind + only;
}

/** The names of tables and views, in their order. */
export async function listTables(
  link: SnowflakeLink,
  config: SnowflakeSourceConfig,
  { limit, ...rest }: Which & { limit: number },
): Promise<string[]> {
  const rows = await link.query(
    `SELECT TABLE_NAME FROM ${inSchema(config, "TABLES")}${which(rest)} ORDER BY TABLE_NAME LIMIT ${limit}`,
  );
  return rows.map(([name]) => name ?? "");
}

/** How many tables and views there are. */
export async function countTables(
  link: SnowflakeLink,
  config: SnowflakeSourceConfig,
  rest: Which,
): Promise<number> {
  const rows = await link.query(`SELECT COUNT(*)::VARCHAR FROM ${inSchema(config, "TABLES")}${which(rest)}`);
  return Number(rows[0]?.[0] ?? 0);
}

/** What is known of some tables; those that do not exist are left out. */
export async function describeTables(
  link: SnowflakeLink,
  config: SnowflakeSourceConfig,
  names: readonly string[],
): Promise<TableDetails[]> {
  if (names.length === 0) return [];
  const only = which({ names });
  const tables = await link.query(
    `SELECT TABLE_NAME,TABLE_TYPE,ROW_COUNT::VARCHAR,BYTES::VARCHAR FROM ${inSchema(config, "TABLES")}${only} ORDER BY TABLE_NAME`,
  );
  const columns = await link.query(
    "SELECT TABLE_NAME,COLUMN_NAME,DATA_TYPE,NUMERIC_PRECISION::VARCHAR,NUMERIC_SCALE::VARCHAR," +
      `DATETIME_PRECISION::VARCHAR,IS_NULLABLE FROM ${inSchema(config, "COLUMNS")}${only} ORDER BY TABLE_NAME,ORDINAL_POSITION`,
  );
  const keys = await primaryKeys(link, config);
  const number = (value: string | null | undefined) => (value == null ? null : Number(value));
  return tables.map(([name, type, rows, bytes]) => ({
    name: name ?? "",
    view: type?.includes("VIEW") ?? false,
    columns: columns
      .filter((row) => row[0] === name)
      .map(([, column, dataType, precision, scale, fraction, nullable]) => ({
        ...{ name: column ?? "", dataType: dataType ?? "", nullable: nullable !== "NO" },
        ...{ precision: number(precision), scale: number(scale), fraction: number(fraction) },
      })),
    primaryKey: keys.get(name ?? "") ?? [],
    rowEstimate: number(rows),
    bytes: number(bytes),
  }));
}

/** The columns that make up the primary key of each table. Snowflake tells them only as a list of its own. */
async function primaryKeys(
  link: SnowflakeLink,
  config: SnowflakeSourceConfig,
): Promise<Map<string, string[]>> {
  const schema = `${quoteName(storedName(config.database))}.${quoteName(storedName(config.schema))}`;
  const rows = await link.query(`SHOW PRIMARY KEYS IN SCHEMA ${schema}`);
  const keys = new Map<string, string[]>();
  // Its columns: created_on, database_name, schema_name, table_name, column_name, key_sequence, and what follows.
  const inOrder = rows.toSorted((a, b) => Number(a[5]) - Number(b[5]));
  for (const [, , , table = null, column = null] of inOrder) {
    if (table !== null && column !== null) keys.set(table, [...(keys.get(table) ?? []), column]);
  }
  return keys;
}
