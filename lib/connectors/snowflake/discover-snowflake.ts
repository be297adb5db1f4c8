import { formatIrType } from "#lib/ir/index.ts";
import type { DiscoverRequest } from "../connector.ts";
import type { Stream, StreamColumn, StreamPage } from "../shapes.ts";
import type { SnowflakeSourceConfig } from "../specs/snowflake.ts";
import { countTables, describeTables, listTables, type TableDetails } from "./catalogue.ts";
import { type CatalogueColumn, mapColumn } from "./columns.ts";
import type { SnowflakeLink } from "./connect-snowflake.ts";
import { quoteName, storedName } from "./names.ts";

/** The name of a stream: `SCHEMA.TABLE`. */
export const streamName = ({ schema }: SnowflakeSourceConfig, table: string): string =>
  `${storedName(schema)}.${table}`;

/** The table of a stream's name; a name without the schema before it is taken for a table's. */
export function tableOf(config: SnowflakeSourceConfig, stream: string): string {
  const before = streamName(config, "");
  return stream.startsWith(before) ? stream.slice(before.length) : stream;
}

/** The grants without which a role sees no table. */
export function readGrants({ database, schema, role }: SnowflakeSourceConfig): string {
  const [inDatabase, inSchema, to] = [database, schema, role].map((name) => quoteName(storedName(name)));
  return (
    `GRANT USAGE ON DATABASE ${inDatabase} TO ROLE ${to}; GRANT USAGE ON SCHEMA ${inDatabase}.${inSchema} TO ROLE ${to}; ` +
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${inDatabase}.${inSchema} TO ROLE ${to};`
  );
}

/** One page of the tables and views of the schema, by name. */
export async function discoverSnowflake(
  link: SnowflakeLink,
  config: SnowflakeSourceConfig,
  { filter, names, limit, cursor }: DiscoverRequest,
): Promise<StreamPage> {
  const which = { filter, names: names?.map((name) => tableOf(config, name)) };
  const listed = await listTables(link, config, { ...which, after: cursor, limit: limit + 1 });
  const page = listed.slice(0, limit);
  const tables = await describeTables(link, config, page);
  const total = await countTables(link, config, which);
  return {
    streams: tables.map((table) => describeStream(config, table)),
    nextCursor: listed.length > limit ? (page.at(-1) ?? null) : null,
    total,
    ...(total === 0 && {
      query: `SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA='${storedName(config.schema)}'`,
      causes: filter
        ? [`No table's name holds "${filter}".`]
        : [
            `The schema ${storedName(config.schema)} is empty.`,
            "It is another schema or database that holds the tables.",
            `The role ${storedName(config.role)} may see none of them: ${readGrants(config)}`,
          ],
    }),
  };
}

function describeStream(config: SnowflakeSourceConfig, table: TableDetails): Stream {
  const cursorFields = cursorFieldsOf(table);
  return {
    name: streamName(config, table.name),
    kind: table.view ? "view" : "table",
    columns: table.columns.map(describeColumn),
    primaryKey: table.primaryKey,
    rowEstimate: table.rowEstimate,
    bytes: table.bytes,
    syncModes: cursorFields.length > 0 ? ["full_refresh", "incremental"] : ["full_refresh"],
    cursorFields,
  };
}

/** A column as it is shown. */
export function describeColumn(column: CatalogueColumn): StreamColumn {
  const { type, note } = mapColumn(column, quoteName(column.name));
  const size = column.dataType === "NUMBER" ? `(${column.precision ?? 38},${column.scale ?? 0})` : "";
  return {
    name: column.name,
    type: formatIrType(type),
    sourceType: `${column.dataType}${size}`,
    nullable: column.nullable,
    ...(note && { note }),
  };
}

/** Columns that tell what is new, best first: when a row was changed, when it was made, a growing number. */
function cursorFieldsOf({ columns, primaryKey }: TableDetails): string[] {
  const rank = (column: CatalogueColumn): number => {
    const { type } = mapColumn(column, "");
    const time = type.name.startsWith("timestamp");
    if (time && /updat|modif|chang|mtime|load/i.test(column.name)) return 5;
    if (time && /creat|insert|ctime|added/i.test(column.name)) return 4;
    if (time) return 3;
    const whole = column.dataType === "NUMBER" && !column.scale;
    if (whole && primaryKey.length === 1 && primaryKey[0] === column.name) return 2;
    return type.name === "date" ? 1 : 0;
  };
  return columns
    .map((column) => ({ name: column.name, rank: rank(column) }))
    .filter((each) => each.rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ name }) => name);
}
