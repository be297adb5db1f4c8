import { text } from "node:stream/consumers";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPostgres, type PostgresServer, startPostgres } from "#tests/services.ts";
import type { Cells, RowChange } from "../../connector.ts";
import { isDataError } from "../../data-error.ts";
import type { PostgresSourceConfig } from "../../specs/postgres.ts";
import { postgresConnector } from "../postgres.ts";

const SCHEMA = `
  create schema shop;
  create extension if not exists hstore;
  create type shop.mood as enum ('sad', 'ok');
  create type shop.pair as (a int, b text);
  create domain shop.short as varchar(5);`;

/** A column for each kind of type, with a value that is written in its own way. */
const TYPED: Record<string, [type: string, value: string]> = {
  i: ["int", "-5"],
  s: ["smallint", "7"],
  l: ["bigint", "9223372036854775807"],
  n: ["numeric(22,2)", "12345678901234567890.1"],
  free: ["numeric", "1.00000000000000000001"],
  f: ["double precision", "0.1"],
  r: ["real", "0.1"],
  b: ["boolean", "true"],
  d: ["date", "'0001-01-01'"],
  t: ["time", "'23:59:59.999999'"],
  tt: ["timetz", "'23:59:59+02'"],
  ts: ["timestamp", "'2024-01-02 03:04:05.123456'"],
  tz: ["timestamptz", "'2024-01-02T03:04:05.654321+02'"],
  forever: ["timestamptz", "'infinity'"],
  span: ["interval", "'1 day 2 hours'"],
  u: ["uuid", "'6f9619ff-8b86-d011-b42d-00cf4fc964ff'"],
  jb: ["jsonb", `'{"a": "é\\\\", "b": [1, null]}'`],
  j: ["json", `'{"a":1,  "a":2}'`],
  x: ["bytea", "'\\x00ff5c22'"],
  v: ["text", `E'back\\\\slash, "q"\\ttab\\nline\\r\\n\\\\.'`],
  empty: ["text", "''"],
  c: ["char(6)", "'ab'"],
  tags: ["text[]", "'{a,NULL}'"],
  nums: ["int[]", "'{{1,2},{3,4}}'"],
  mood: ["shop.mood", "'ok'"],
  pair: ["shop.pair", `'(1,"x y")'`],
  short: ["shop.short", "'abc'"],
  h: ["hstore", "'a=>1'"],
  m: ["money", "'1234.5'"],
  one: ["bit(1)", "B'1'"],
  bits: ["bit(3)", "B'101'"],
  ip: ["inet", "'10.0.0.1/32'"],
  net: ["cidr", "'10.0.0.0/8'"],
  rng: ["int4range", "'[1,5)'"],
  xml: ["xml", "'<a>1</a>'"],
  o: ["oid", "4294967295"],
};

describe.skipIf(!findPostgres())("following a PostgreSQL table", () => {
  let server: PostgresServer;
  let admin: pg.Client;
  let config: PostgresSourceConfig;
  let count = 0;

  beforeAll(async () => {
    server = await startPostgres();
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query(SCHEMA);
    const { host, port, user: username, password } = server;
    config = { host, port, username, password, database: "postgres", sslmode: "prefer" };
  }, 90_000);
  afterAll(async () => {
    await admin?.end();
    await server?.stop();
  }, 90_000);

  const port = postgresConnector.follow as NonNullable<typeof postgresConnector.follow>;
  const given = (change: Partial<PostgresSourceConfig> = {}) => ({
    tenant: "t",
    config: { ...config, ...change },
  });
  const fresh = () => `f${++count}`;
  const slots = async (name: string) =>
    (await admin.query("select 1 from pg_replication_slots where slot_name = $1", [name])).rows.length;
  const publications = async (name: string) =>
    (await admin.query("select 1 from pg_publication where pubname = $1", [name])).rows.length;

  /** Makes a table and begins to follow it. */
  async function begun(columns: string, fill = "", more: { columns?: string[] } = {}) {
    const name = fresh();
    const table = `shop.${name}`;
    await admin.query(`create table ${table} (${columns}); ${fill.replaceAll("TABLE", table)}`);
    const { snapshot, ...rest } = await port.begin(given(), { table, name, ...more });
    const csv = await text((await snapshot.csv()).stream);
    await snapshot.close();
    return { table, name, csv, ...rest };
  }
  type Begun = Awaited<ReturnType<typeof begun>>;

  /** What happened since. */
  async function since({
    table,
    name,
    position,
    shape,
  }: Pick<Begun, "table" | "name" | "position" | "shape">) {
    const opened = await port.changes(given(), { table, name, from: position, shape });
    try {
      const changes: RowChange[] = [];
      let at = position;
      for await (const batch of opened.batches) {
        changes.push(...batch.changes);
        at = batch.position ?? at;
      }
      await opened.acknowledge(at);
      return {
        columns: opened.columns.map((column) => column.name),
        changes,
        position: at,
        shape: opened.shape,
      };
    } finally {
      await opened.close();
    }
  }

  test("a snapshot and the changes after it meet exactly", async () => {
    const feed = await begun("id int primary key, v text", "insert into TABLE values (1, 'a'), (2, 'b')");
    const { table, name } = feed;
    expect(feed.csv).toBe("1,a\n2,b\n");
    expect(feed.key).toEqual(["id"]);
    expect((await since(feed)).changes).toEqual([]);
    await admin.query(`begin; insert into ${table} values (3, null); update ${table} set v = 'B' where id = 2;
      update ${table} set id = 10 where id = 1; delete from ${table} where id = 3; commit`);
    await admin.query(`truncate ${table}`);
    await admin.query(`begin; insert into ${table} values (99, 'never'); rollback`);
    const next = await since(feed);
    expect(next.changes).toEqual([
      { op: "insert", row: ["3", null] },
      { op: "update", row: ["2", "B"] },
      { op: "update", row: ["10", "a"], key: ["1"] },
      { op: "delete", key: ["3"] },
      { op: "truncate" },
    ]);
    // What was not acknowledged can be told again; what was, is told no more.
    expect((await since({ ...feed, ...next })).changes).toEqual([]);
    const again = await since(feed).catch((error: unknown) => error);
    expect(again).toMatchObject({ code: "changes_lost" });
    await port.end(given(), { name });
    expect([await slots(name), await publications(name)]).toEqual([0, 0]);
    await port.end(given(), { name });
  });

  test("every type is told as a copy would write it", async () => {
    const names = Object.keys(TYPED);
    const feed = await begun(
      `id int primary key, ${names.map((name) => `${name} ${TYPED[name]?.[0]}`).join(", ")}`,
      "",
    );
    const values = names.map((name) => TYPED[name]?.[1]).join(", ");
    await admin.query(`insert into ${feed.table} values (1, ${values})`);
    await admin.query(`insert into ${feed.table} (id) values (2)`);
    const { changes } = await since(feed);
    const read = await postgresConnector.read(given(), { table: feed.table });
    const csv = await text((await read.csv()).stream);
    await read.close();
    const [row, nulls] = changes.map((change) => ("row" in change ? change.row : []));
    expect(csv).toBe([row, nulls].map((each) => lineOf(each as Cells)).join(""));
    await port.end(given(), { name: feed.name });
  });

  test("a long value that did not change is not told; a long key is", async () => {
    const long = "md5(n::text) from generate_series(1, 3000) n";
    const feed = await begun(
      "k text primary key, body text, n int",
      `alter table TABLE alter body set storage external; insert into TABLE select 'k', string_agg(h, ''), 1 from (select ${long}) t(h)`,
    );
    await admin.query(`update ${feed.table} set n = 2`);
    await admin.query(`update ${feed.table} set k = 'l'`);
    await admin.query(`alter table ${feed.table} replica identity full`);
    await admin.query(`update ${feed.table} set n = 3`);
    const { changes } = await since(feed);
    expect(changes.slice(0, 2)).toEqual([
      { op: "update", row: ["k", undefined, "2"] },
      { op: "update", row: ["l", undefined, "2"], key: ["k"] },
    ]);
    expect(changes[2]).toEqual({ op: "update", row: ["l", expect.stringMatching(/^[0-9a-f]{96000}$/), "3"] });
    await port.end(given(), { name: feed.name });
  });

  test("a transaction that is larger than a batch comes in parts, and ends with its position", async () => {
    const feed = await begun("id int primary key, v text");
    await admin.query(
      `insert into ${feed.table} select n, repeat('x', 100) from generate_series(1, 50000) n`,
    );
    const { table, name, position: from, shape } = feed;
    const opened = await port.changes(given(), { table, name, from, shape });
    const sizes: number[] = [];
    const positions: (string | undefined)[] = [];
    for await (const { changes, position } of opened.batches) {
      sizes.push(changes.length);
      positions.push(position);
    }
    await opened.close();
    expect(sizes.reduce((sum, size) => sum + size)).toBe(50_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8_000);
    const last = sizes.findLastIndex((size) => size > 0);
    expect(positions.slice(0, last).every((position) => position === undefined)).toBe(true);
    expect(positions.at(-1)).toEqual(expect.any(String));
    await port.end(given(), { name });
  });

  test("columns that come and go", async () => {
    let feed: Pick<Begun, "table" | "name" | "position" | "shape"> = await begun(
      "id int primary key, v text",
      "insert into TABLE values (1, 'a')",
    );
    const { table, name } = feed;
    await admin.query(`insert into ${table} values (2, 'b'); alter table ${table} add column w int`);
    await admin.query(`insert into ${table} values (3, 'c', 5)`);
    const grown = await since(feed);
    expect(grown.columns).toEqual(["id", "v", "w"]);
    expect(grown.changes).toEqual([
      { op: "insert", row: ["2", "b", null] },
      { op: "insert", row: ["3", "c", "5"] },
    ]);
    feed = { ...feed, ...grown };
    await admin.query(`alter table ${table} drop column v; update ${table} set w = 6 where id = 3`);
    const shrunk = await since(feed);
    expect(shrunk.columns).toEqual(["id", "w"]);
    expect(shrunk.changes).toEqual([{ op: "update", row: ["3", "6"] }]);
    feed = { ...feed, ...shrunk };
    const changed = async (statement: string) => {
      await admin.query(statement);
      return since(feed).then(
        (next) => {
          feed = { ...feed, ...next };
          return "followed";
        },
        (error: unknown) => (isDataError(error) ? error.code : error),
      );
    };
    expect(await changed(`alter table ${table} add column u int default 5`)).toBe("table_changed");
    expect(await changed(`alter table ${table} drop column u`)).toBe("followed");
    expect(await changed(`alter table ${table} rename column w to x`)).toBe("table_changed");
    expect(await changed(`alter table ${table} rename column x to w`)).toBe("followed");
    expect(await changed(`alter table ${table} alter column w type bigint`)).toBe("table_changed");
    await port.end(given(), { name });
  });

  test("says what a table or a server lacks", async () => {
    const code = async (columns: string, more = "", login: Partial<PostgresSourceConfig> = {}) => {
      const name = fresh();
      const table = `shop.${name}`;
      await admin.query(`create table ${table} (${columns}); ${more.replaceAll("TABLE", table)}`);
      return port.begin(given(login), { table, name }).then(
        () => "begun",
        (error: unknown) => (isDataError(error) ? error.code : error),
      );
    };
    expect(await code("id int")).toBe("no_key");
    expect(await code("id int primary key", "alter table TABLE replica identity nothing")).toBe(
      "no_identity",
    );
    expect(await code("id int primary key", "create table TABLE_child () inherits (TABLE)")).toBe(
      "not_followable",
    );
    expect(await code("id int[] primary key")).toBe("not_followable");
    await admin.query("create role reader login password 'r'; grant usage on schema shop to reader");
    const reader = { username: "reader", password: "r" };
    const grant = "grant select on TABLE to reader";
    expect(await code("id int primary key", grant, reader)).toBe("no_publication");
    const published = `${grant}; create publication p_of_all for table TABLE`;
    expect(await code("id int primary key", published, reader)).toBe("no_replication");
    await admin.query("alter role reader replication");
    const name = fresh();
    await admin.query(`create table shop.${name} (id int primary key); grant select on shop.${name} to reader;
      create publication "p of ""one" for table shop.${name}`);
    const { snapshot, ...begun } = await port.begin(given(reader), { table: `shop.${name}`, name });
    await snapshot.close();
    await admin.query(`insert into shop.${name} values (1)`);
    expect((await since({ table: `shop.${name}`, name, ...begun })).changes).toEqual([
      { op: "insert", row: ["1"] },
    ]);
    await port.end(given(reader), { name });
    expect(await slots(name)).toBe(0);
  });

  test("a worker that is gone and still holds the slot is no hindrance", async () => {
    const feed = await begun("id int primary key");
    const { table, name, position: from, shape } = feed;
    await admin.query(`insert into ${table} select generate_series(1, 100000)`);
    const left = await port.changes(given(), { table, name, from, shape });
    expect((await since(feed)).changes.length).toBe(100_000);
    await left.close();
    await port.end(given(), { name });
  });
});

const lineOf = (cells: Cells) =>
  `${cells.map((cell) => (cell === null ? "" : /^$|^\\\.$|[",\n\r]/.test(cell ?? "") ? `"${cell?.replaceAll('"', '""')}"` : cell)).join(",")}\n`;
