import type pg from "pg";
import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { formatIrType, parseIrType, parseTableName, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { POSITIONS_TABLE } from "./changes/mirror.ts";
import { typeOfDuckdb } from "./engines/duckdb/cast.ts";
import { MARKER_SCHEMA } from "./loaders/duckdb/marker.ts";
import { HIGH_WATER_TABLE } from "./loaders/high-water.ts";
import { MARKER_TABLE } from "./loaders/load-mark.ts";
import { browse, builtInWarehouse } from "./resolve-destination.ts";
import { ReadTableQuery, type TableRows } from "./schema.ts";
import type { Warehouse } from "./warehouse.ts";

type Wanted = { schema: string; table: string; limit: number; offset: number };

/** Some rows of a table of the tenant's warehouse, in the order in which they are stored. @throws AppError `table_not_found` */
export async function readTable({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { table: string } & z.input<typeof ReadTableQuery>;
}): Promise<TableRows> {
  requirePermission(ctx, "warehouse.read");
  const { limit, offset } = ReadTableQuery.parse(input);
  const name = parseTableName(input.table);
  if (
    !name ||
    name.schema === MARKER_SCHEMA ||
    [MARKER_TABLE, HIGH_WATER_TABLE, POSITIONS_TABLE].includes(name.name)
  )
    throw missing(input.table);
  const destination = await builtInWarehouse(ctx.tenant);
  if (destination.kind === "duckdb")
    return readDuckdb(destination.warehouse, {
      schema: name.schema ?? "main",
      table: name.name,
      limit,
      offset,
    });
  const client = await browse(destination);
  try {
    return await readPostgres(client, { schema: name.schema ?? "public", table: name.name, limit, offset });
  } finally {
    await client.end();
  }
}

const missing = (table: string) => new AppError("table_not_found", `There is no table ${table}.`);

/** Whole numbers beyond 2^53, decimals, dates and times as text; JSON as it is. */
const EXACT_AS_IS = ["integer", "smallint", "boolean", "double", "string"];

async function readDuckdb(
  warehouse: Warehouse,
  { schema, table, limit, offset }: Wanted,
): Promise<TableRows> {
  const session = await warehouse.session();
  try {
    const found = await session.rows<{ name: string; written: string }>(
      `SELECT column_name AS name, data_type AS written FROM information_schema.columns
       WHERE table_schema = ${sqlLiteral(schema)} AND table_name = ${sqlLiteral(table)} ORDER BY ordinal_position`,
    );
    if (found.length === 0) throw missing(`${schema}.${table}`);
    const from = `${sqlIdentifier(schema)}.${sqlIdentifier(table)}`;
    const columns = found.map(({ name, written }) => ({ name, type: typeOfDuckdb(written).type }));
    const list = columns.map(({ name, type }) => {
      const column = sqlIdentifier(name);
      return EXACT_AS_IS.includes(type.name) ? column : `CAST(${column} AS VARCHAR) AS ${column}`;
    });
    const [count] = await session.rows<{ n: unknown }>(`SELECT count(*) AS n FROM ${from}`);
    const rows = await session.rows(`SELECT ${list.join(", ")} FROM ${from} LIMIT ${limit} OFFSET ${offset}`);
    return {
      columns: columns.map(({ name, type }) => ({ name, type: formatIrType(type) })),
      rows: rows as TableRows["rows"],
      total: Number(count?.n ?? 0),
    };
  } finally {
    session.close();
  }
}

async function readPostgres(client: pg.Client, { schema, table, limit, offset }: Wanted): Promise<TableRows> {
  const { rows: found } = await client.query<{ name: string; written: string }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as written
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
       and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by a.attnum`,
    [schema, table],
  );
  if (found.length === 0) throw missing(`${schema}.${table}`);
  const from = `${sqlIdentifier(schema)}.${sqlIdentifier(table)}`;
  const columns = found.map(({ name, written }) => {
    const parsed = parseIrType(written);
    return {
      name,
      type: parsed.ok ? formatIrType(parsed.type) : written,
      plain: parsed.ok && EXACT_AS_IS.includes(parsed.type.name),
    };
  });
  const list = columns.map(({ name, plain }) =>
    plain ? sqlIdentifier(name) : `${sqlIdentifier(name)}::text as ${sqlIdentifier(name)}`,
  );
  await client.query("set timezone = 'UTC'");
  const { rows: count } = await client.query<{ n: string }>(`select count(*) as n from ${from}`);
  const { rows } = await client.query(`select ${list.join(", ")} from ${from} limit $1 offset $2`, [
    limit,
    offset,
  ]);
  return {
    columns: columns.map(({ name, type }) => ({ name, type })),
    rows: rows as TableRows["rows"],
    total: Number(count[0]?.n ?? 0),
  };
}
