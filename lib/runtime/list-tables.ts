import type pg from "pg";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { sqlIdentifier } from "#lib/ir/index.ts";
import { POSITIONS_TABLE } from "./changes/mirror.ts";
import { MARKER_SCHEMA } from "./loaders/duckdb/marker.ts";
import { HIGH_WATER_TABLE } from "./loaders/high-water.ts";
import { MARKER_TABLE } from "./loaders/load-mark.ts";
import { browse, builtInWarehouse } from "./resolve-destination.ts";
import type { WarehouseTable, WarehouseTables } from "./schema.ts";
import type { Warehouse } from "./warehouse.ts";

type Found = { schema: string; table: string; columns: unknown };

/** The tables of the tenant's warehouse, by name, each with its number of rows. */
export async function listTables({ ctx }: { ctx: Ctx }): Promise<WarehouseTables> {
  requirePermission(ctx, "warehouse.read");
  const destination = await builtInWarehouse(ctx.tenant);
  if (destination.kind === "duckdb") return { tables: await listDuckdb(destination.warehouse) };
  const client = await browse(destination);
  try {
    return { tables: await listPostgres(client) };
  } finally {
    await client.end();
  }
}

const qualified = ({ schema, table }: Found) => `${sqlIdentifier(schema)}.${sqlIdentifier(table)}`;

const present = (found: Found, rows: unknown, updatedAt: string | null): WarehouseTable => ({
  schema: found.schema,
  table: found.table,
  name: `${found.schema}.${found.table}`,
  rows: Number(rows),
  columns: Number(found.columns),
  updatedAt,
});

async function listDuckdb(warehouse: Warehouse): Promise<WarehouseTable[]> {
  const session = await warehouse.session();
  try {
    const found = await session.rows<Found>(
      `SELECT table_schema AS schema, table_name AS "table", count(*) AS columns FROM information_schema.columns
       WHERE table_catalog = current_database() AND table_schema NOT IN ('${MARKER_SCHEMA}', 'information_schema', 'pg_catalog')
       GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    const loads = await session
      .rows<{ name: string; at: string }>(
        `SELECT table_name AS name, strftime(max(loaded_at), '%Y-%m-%dT%H:%M:%S.%gZ') AS at FROM ${MARKER_SCHEMA}.loads GROUP BY 1`,
      )
      .catch(() => []);
    const times = new Map(loads.map(({ name, at }) => [name, at]));
    const tables: WarehouseTable[] = [];
    for (const table of found) {
      const [count] = await session.rows<{ n: unknown }>(`SELECT count(*) AS n FROM ${qualified(table)}`);
      tables.push(present(table, count?.n ?? 0, times.get(`${table.schema}.${table.table}`) ?? null));
    }
    return tables;
  } finally {
    session.close();
  }
}

async function listPostgres(client: pg.Client): Promise<WarehouseTable[]> {
  const { rows: found } = await client.query<Found>(
    `select table_schema as schema, table_name as "table", count(*) as columns from information_schema.columns
     where table_schema not in ('information_schema', 'pg_catalog') and table_name <> all ($1) group by 1, 2 order by 1, 2`,
    [[MARKER_TABLE, HIGH_WATER_TABLE, POSITIONS_TABLE]],
  );
  const times = await loadTimes(client);
  const tables: WarehouseTable[] = [];
  for (const table of found) {
    const { rows } = await client.query<{ n: string }>(`select count(*) as n from ${qualified(table)}`);
    tables.push(present(table, rows[0]?.n ?? 0, times.get(`${table.schema}.${table.table}`) ?? null));
  }
  return tables;
}

async function loadTimes(client: pg.Client): Promise<Map<string, string>> {
  const { rows: marked } = await client.query<{ schema: string }>(
    "select schemaname as schema from pg_tables where tablename = $1",
    [MARKER_TABLE],
  );
  const times = new Map<string, string>();
  for (const { schema } of marked) {
    const { rows } = await client.query<{ name: string; at: Date }>(
      `select table_name as name, max(loaded_at) as at from ${sqlIdentifier(schema)}.${sqlIdentifier(MARKER_TABLE)} group by 1`,
    );
    for (const { name, at } of rows) times.set(`${schema}.${name}`, at.toISOString());
  }
  return times;
}
