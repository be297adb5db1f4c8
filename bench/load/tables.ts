import pg from "pg";
import type { PostgresServer } from "#tests/services.ts";
import { TABLE } from "./orders.ts";

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** An empty table to load into, of which nobody remembers having loaded anything. */
export const freshTable = (server: PostgresServer) =>
  withClient(server.url, (client) =>
    client.query(
      `drop table if exists orders, _penstock_high_water; create table orders (${TABLE}); checkpoint`,
    ),
  );

/** What a loaded table comes to. */
export const checksum = (server: PostgresServer) =>
  withClient(server.url, async (client) => {
    const { rows } = await client.query<{ sum: string }>(
      "select count(*) || ' ' || sum(amount) || ' ' || sum(extract(epoch from created_at))::bigint || ' ' || sum(hashtext(coalesce(note, '~'))::bigint) as sum from orders",
    );
    return rows[0]?.sum ?? "";
  });

/** What orders refer to, for the foreign-key check. */
export const customers = (server: PostgresServer) =>
  withClient(server.url, (client) =>
    client.query("create table customers as select i as id from generate_series(0, 99999) i"),
  );
