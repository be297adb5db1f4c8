import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import pg from "pg";
import { listenOn, passOnTo } from "./servers/listening.ts";

/** A shop's database on a real PostgreSQL, with a user of its own; the password is a canary. */
export type Shop = {
  fields: { host: string; port: number; database: string; username: string; password: string };
  run: (sql: string) => Promise<pg.QueryResult>;
  remove: () => Promise<void>;
};

/** Makes a database with three tables: `orders` and `customers` with keys and times, and `logs` without. */
export async function openShop(serverUrl: string): Promise<Shop> {
  const name = `shop_${randomBytes(5).toString("hex")}`;
  const password = `canary-${randomBytes(9).toString("base64url")}`;
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`create role ${name} login password '${password}'`);
  await admin.query(`create database ${name} owner ${name} template template0`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(`
    set role ${name};
    create table orders (id bigint primary key, customer_id bigint, amount numeric(12,2), updated_at timestamptz not null);
    create table customers (id bigint primary key, name text, updated_at timestamptz not null);
    create table logs (line text);
    insert into orders select n, n % 10, n * 1.25, '2026-03-16T08:00:00Z'::timestamptz + n * interval '1 second' from generate_series(1, 200) n;
    insert into customers select n, 'Customer ' || n, '2026-03-16T08:00:00Z' from generate_series(1, 10) n;
    insert into logs select 'line ' || n from generate_series(1, 5) n;
    reset role`);
  return {
    fields: { host: url.hostname, port: Number(url.port), database: name, username: name, password },
    run: (sql) => client.query(sql),
    remove: async () => {
      await client.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.query(`drop role ${name}`);
      await admin.end();
    },
  };
}

/** A port in front of another that stops passing anything on once a client says certain words. */
export type Gate = {
  port: number;
  holdAt: (words: RegExp | undefined) => void;
  held: () => number;
  close: () => Promise<void>;
};

/** Opens a gate in front of a port of this machine. */
export async function openGate(target: number): Promise<Gate> {
  let words: RegExp | undefined;
  let held = 0;
  const server = createServer((inside) => {
    const outside = passOnTo(target, inside);
    let holding = false;
    inside.on("data", (bytes) => {
      if (!holding && words?.test(bytes.toString("latin1"))) {
        holding = true;
        held += 1;
      }
      if (!holding) outside.write(bytes);
    });
    outside.on("data", (bytes) => {
      if (!holding) inside.write(bytes);
    });
  });
  const { port, stop } = await listenOn(server);
  return {
    port,
    holdAt: (given) => {
      words = given;
    },
    held: () => held,
    close: stop,
  };
}
