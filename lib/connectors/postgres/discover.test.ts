import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPostgres, type PostgresServer, startPostgres } from "#tests/services.ts";
import type { DiscoverRequest } from "../connector.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";
import { postgresConnector } from "./postgres.ts";

const SCHEMA = `
  create role reader login password 'of-the-reader';
  create schema shop; create schema secret; create schema locked;
  create table shop.orders (region text, id bigint, placed_at timestamptz not null, last_updated timestamp,
    amount numeric(12,2), tags text[], primary key (region, id));
  create table shop.customers (id int generated always as identity primary key, "Full Name" text, email text,
    initials text generated always as (left("Full Name", 1)) stored, created_at timestamptz);
  create table shop.events (n bigserial, at date, kind text) partition by range (at);
  create table shop.events_2024 partition of shop.events for values from ('2024-01-01') to ('2025-01-01');
  create table shop.events_2025 partition of shop.events for values from ('2025-01-01') to ('2026-01-01') partition by range (at);
  create table shop.events_2025_h1 partition of shop.events_2025 for values from ('2025-01-01') to ('2025-07-01');
  insert into shop.events (at) select '2024-02-01' from generate_series(1, 30);
  insert into shop.events (at) select '2025-02-01' from generate_series(1, 12);
  create view shop.recent as select id, placed_at from shop.orders;
  create materialized view shop.totals as select region, sum(amount) as total from shop.orders group by 1;
  create table shop."Odd.name ""x"" 100%" (a int); create table shop.a_b (a int); create table shop.axb (a int);
  create table shop.rows (id int, owner text); alter table shop.rows enable row level security;
  create table shop.half (id int primary key, open text, hidden text);
  create table shop.shut (id int);
  create table secret.plans (id int); create table locked.plans (id int);
  create extension if not exists file_fdw; create server files foreign data wrapper file_fdw;
  create foreign table shop.passwd (line text) server files options (filename '/etc/hostname');
  grant usage on schema shop, secret to reader; grant select on all tables in schema shop to reader;
  revoke select on shop.half, shop.shut from reader; grant select (id, open) on shop.half to reader;
  analyze shop.events;`;

describe.skipIf(!findPostgres())("what a PostgreSQL source offers", () => {
  let server: PostgresServer;
  let admin: pg.Client;
  let config: PostgresSourceConfig;

  beforeAll(async () => {
    server = await startPostgres();
    await server.createDatabase("empty");
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query(SCHEMA);
    const { host, port } = server;
    config = {
      host,
      port,
      username: "reader",
      password: "of-the-reader",
      database: "postgres",
      sslmode: "prefer",
    };
  }, 90_000);
  afterAll(async () => {
    await admin?.end();
    await server?.stop();
  }, 90_000);

  const discover = (request: Partial<DiscoverRequest> = {}, change: Partial<PostgresSourceConfig> = {}) =>
    postgresConnector.discover({ tenant: "t", config: { ...config, ...change } }, { limit: 50, ...request });
  const one = async (name: string) => (await discover({ names: [name] })).streams[0];

  const NAMES = [
    'shop.Odd.name "x" 100%',
    "shop.a_b",
    "shop.axb",
    "shop.customers",
    "shop.events",
    "shop.half",
    "shop.orders",
    "shop.passwd",
    "shop.recent",
    "shop.rows",
    "shop.totals",
  ];

  test("lists all that may be read, by name, and neither partitions nor what belongs to the system", async () => {
    const { streams, total, nextCursor, query } = await discover();
    expect(streams.map(({ name }) => name)).toEqual(NAMES);
    expect({ total, nextCursor, query }).toEqual({ total: NAMES.length, nextCursor: null, query: undefined });
    expect(await postgresConnector.names({ tenant: "t", config })).toEqual(NAMES);
    const views = streams.filter(({ kind }) => kind === "view").map(({ name }) => name);
    expect(views).toEqual(["shop.recent", "shop.totals"]);
  });

  test("goes page by page over every name once, also over one that was added before", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await discover({ limit: 3, cursor });
      expect(page.total).toBe(NAMES.length);
      expect(page.streams.length).toBeLessThanOrEqual(3);
      seen.push(...page.streams.map(({ name }) => name));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual(NAMES);
  });

  test("a filter is a text in the name, in any case, whatever signs it has", async () => {
    const found = async (filter: string) => {
      const { streams, total } = await discover({ filter });
      expect(total).toBe(streams.length);
      return streams.map(({ name }) => name);
    };
    expect(await found("ORD")).toEqual(["shop.orders"]);
    expect(await found("a_b")).toEqual(["shop.a_b"]);
    expect(await found("100%")).toEqual(['shop.Odd.name "x" 100%']);
    expect(await found("shop.c")).toEqual(["shop.customers"]);
    expect(await found("\\")).toEqual([]);
  });

  test("tells columns, keys, figures and what can tell what is new", async () => {
    const orders = await one("shop.orders");
    expect(orders?.columns).toEqual([
      { name: "region", type: "string", sourceType: "text", nullable: false },
      { name: "id", type: "bigint", sourceType: "bigint", nullable: false },
      { name: "placed_at", type: "timestamptz", sourceType: "timestamp with time zone", nullable: false },
      { name: "last_updated", type: "timestamp", sourceType: "timestamp without time zone", nullable: true },
      { name: "amount", type: "decimal(12,2)", sourceType: "numeric(12,2)", nullable: true },
      {
        name: "tags",
        type: "json",
        sourceType: "text[]",
        nullable: true,
        note: expect.stringContaining("Array"),
      },
    ]);
    expect(orders).toMatchObject({
      primaryKey: ["region", "id"],
      cursorFields: ["last_updated", "placed_at"],
      syncModes: ["full_refresh", "incremental"],
      rowEstimate: null,
      bytes: null,
    });
    expect(await one("shop.customers")).toMatchObject({
      primaryKey: ["id"],
      cursorFields: ["id", "created_at"],
    });
    expect(await one("shop.events")).toMatchObject({ kind: "table", rowEstimate: 42, cursorFields: ["n"] });
    expect((await one("shop.events"))?.bytes).toBeGreaterThan(0);
    expect(await one("shop.a_b")).toMatchObject({ cursorFields: [], syncModes: ["full_refresh"] });
  });

  test("says what of it cannot be read, and why", async () => {
    const half = await one("shop.half");
    expect(half?.columns.map(({ name }) => name)).toEqual(["id", "open"]);
    expect(half?.note).toBe("Left out, because reader may not read them: hidden.");
    expect((await one("shop.rows"))?.note).toContain("Row security");
    expect((await one("shop.passwd"))?.note).toContain("foreign table");
    const shut = await one("shop.shut");
    expect(shut?.columns).toEqual([]);
    expect(shut?.note).toContain('GRANT SELECT ON "shop"."shut" TO "reader"');
  });

  test("where nothing is found, it says what was asked for and what may be the reason", async () => {
    const none = await discover({ filter: "nothing like it" });
    expect(none).toMatchObject({ streams: [], total: 0, nextCursor: null });
    expect(none.query).toContain('with "nothing like it" in the name');
    expect(none.causes?.join()).toContain("11 others are there");
    expect((await discover({}, { schema: "secret" })).causes?.join()).toContain(
      'GRANT SELECT ON ALL TABLES IN SCHEMA "secret" TO "reader"',
    );
    expect((await discover({}, { schema: "locked" })).causes?.join()).toContain(
      'GRANT USAGE ON SCHEMA "locked" TO "reader"',
    );
    expect((await discover({}, { schema: "shops" })).causes?.join()).toContain(
      "There is no schema named shops",
    );
    expect((await discover({}, { database: "empty" })).causes).toEqual([
      "The database empty has no tables yet.",
    ]);
  });

  test("waits for no lock on a table", async () => {
    const holder = new pg.Client({ connectionString: server.url });
    await holder.connect();
    try {
      await holder.query(
        "begin; lock table shop.orders, shop.events, shop.events_2024 in access exclusive mode",
      );
      const late = AbortSignal.timeout(5_000);
      expect((await discover({ signal: late })).streams).toHaveLength(NAMES.length);
    } finally {
      await holder.end();
    }
  });

  test("shows first rows as text, long values cut", async () => {
    await admin.query(
      `insert into shop.customers ("Full Name", email) values (repeat('é', 2000), null), ('', 'a@b')`,
    );
    const { columns, rows } = await postgresConnector.preview(
      { tenant: "t", config },
      { stream: "shop.customers", rows: 1 },
    );
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "id integer",
      "Full Name string",
      "email string",
      "initials string",
      "created_at timestamptz",
    ]);
    expect(rows).toEqual([["1", "é".repeat(500), null, "é", null]]);
    const half = await postgresConnector.preview({ tenant: "t", config }, { stream: "shop.half", rows: 5 });
    expect(half.columns.map(({ name }) => name)).toEqual(["id", "open"]);
    for (const [stream, code] of [
      ["shop.none", "stream_not_found"],
      ["shop.shut", "no_select"],
    ] as const)
      await expect(
        postgresConnector.preview({ tenant: "t", config }, { stream, rows: 5 }),
      ).rejects.toMatchObject({
        name: "DataError",
        code,
      });
  });
});
