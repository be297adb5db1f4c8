import { formatIrType } from "#lib/ir/index.ts";
import type { IrType } from "#lib/ir/schema.ts";
import type { DiscoverRequest } from "../connector.ts";
import type { Stream, StreamColumn, StreamPage } from "../shapes.ts";
import type { MysqlSourceConfig } from "../specs/mysql.ts";
import { countTables, describeTables, listTables, type TableDetails } from "./catalogue.ts";
import { type CatalogueColumn, mapColumn } from "./columns.ts";
import type { MysqlLink } from "./connect-mysql.ts";
import { quoteName } from "./quote.ts";

/** The name of a stream: `database.table`. */
export const streamName = (database: string, table: string): string => `${database}.${table}`;

/** The table of a stream's name; a name without this database before it is taken for a table's. */
export const tableOf = (database: string, stream: string): string =>
  stream.startsWith(`${database}.`) ? stream.slice(database.length + 1) : stream;

/** One page of the tables and views of the database, by name. */
export async function discoverMysql(
  link: MysqlLink,
  config: MysqlSourceConfig,
  { filter, names, limit, cursor }: DiscoverRequest,
): Promise<StreamPage> {
  const { database } = config;
  const listed = names
    ? named(database, names, cursor)
    : (await listTables(link, { database, filter, after: cursor, limit: limit + 1 })).map(({ name }) => name);
  const page = listed.slice(0, limit);
  const tables = await describeTables(link, database, page);
  const streams = tables.map((table) => describeStream(config, table));
  const total = names ? null : await countTables(link, { database, filter });
  return {
    streams,
    nextCursor: listed.length > limit ? (page.at(-1) ?? null) : null,
    total,
    ...(total === 0 && {
      query: `SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA='${database}'`,
      causes: filter
        ? [`No table's name holds "${filter}".`]
        : [
            `The database ${database} is empty.`,
            "It is another database that holds the tables.",
            `The account may read none of them: GRANT SELECT ON ${quoteName(database)}.* TO '${config.username}'@'%';`,
          ],
    }),
  };
}

const bytes = (name: string) => Buffer.from(name, "utf8");

function named(database: string, names: readonly string[], after: string | undefined): string[] {
  const tables = [...new Set(names.map((name) => tableOf(database, name)))];
  tables.sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
  return after === undefined
    ? tables
    : tables.filter((name) => Buffer.compare(bytes(name), bytes(after)) > 0);
}

function describeStream({ database, username }: MysqlSourceConfig, table: TableDetails): Stream {
  const cursorFields = cursorFieldsOf(table.columns, table.primaryKey);
  const grant = `GRANT SELECT ON ${quoteName(database)}.${quoteName(table.name)} TO '${username}'@'%';`;
  return {
    name: streamName(database, table.name),
    kind: table.view ? "view" : "table",
    columns: table.columns.map(describeColumn),
    primaryKey: table.primaryKey,
    rowEstimate: table.view ? null : table.rowEstimate,
    bytes: table.view ? null : table.bytes,
    syncModes: cursorFields.length > 0 ? ["full_refresh", "incremental"] : ["full_refresh"],
    cursorFields,
    ...(!table.readable && { note: `The account may not read it: ${grant}` }),
  };
}

/** A column as it is shown. */
export function describeColumn(column: CatalogueColumn): StreamColumn {
  const { type, note } = mapColumn(column, quoteName(column.name));
  return {
    name: column.name,
    type: formatIrType(type),
    sourceType: column.json ? "json" : column.columnType,
    nullable: column.nullable,
    ...(note && { note }),
  };
}

const ORDERED = new Set<IrType["name"]>([
  ...(["smallint", "integer", "bigint", "date", "timestamp", "timestamptz"] as const),
]);

/** Columns that tell what is new, best first: when a row was changed, a growing number, when it was made. */
function cursorFieldsOf(columns: readonly CatalogueColumn[], primaryKey: readonly string[]): string[] {
  const rank = (column: CatalogueColumn): number => {
    const { type } = mapColumn(column, "");
    const unsignedBig = type.name === "decimal" && type.scale === 0 && column.dataType === "bigint";
    if (!ORDERED.has(type.name) && !unsignedBig) return 0;
    if (column.dataType === "year" || column.columnType.startsWith("tinyint")) return 0;
    const time = type.name.startsWith("timestamp");
    if (time && /updat|modif|chang|mtime/i.test(column.name)) return 6;
    if (column.autoIncrement) return 5;
    if (time && /creat|insert|ctime|added/i.test(column.name)) return 4;
    if (time) return 3;
    if (primaryKey.length === 1 && primaryKey[0] === column.name) return 2;
    return type.name === "date" ? 1 : 0;
  };
  return columns
    .map((column) => ({ name: column.name, rank: rank(column) }))
    .filter((each) => each.rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ name }) => name);
}
