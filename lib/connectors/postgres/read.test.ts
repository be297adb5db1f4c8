import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPostgres, freePort, type PostgresServer, startPostgres } from "#tests/services.ts";
import type { CursorRange, TableRequest } from "../connector.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";
import { postgresConnector } from "./postgres.ts";

const SCHEMA = `
  create schema shop;
  create table shop.items (id int primary key, name text, sold boolean, at timestamptz, price numeric(8,2), data bytea);
  insert into shop.items values (1, 'a "b", c', true, '2024-01-01 10:00:00.000001+02', 1.5, '\\x00ff'),
    (2, '', false, '2024-01-02 00:00:00+00', 2, ''), (3, null, null, null, null, null),
    (4, E'x\\ny', true, '2024-01-03 00:00:00+00', 3, null);
  create table shop.empty (id int);
  create table shop.big as select n as id, repeat('x', 1000) as filling from generate_series(1, 200000) n;
  create view shop.breaks as select 100 / (5000 - n) as x from generate_series(1, 10000) n;
  create view shop.sleeps as select pg_sleep(600)::text as x;`;

describe.skipIf(!findPostgres())("reading a PostgreSQL source", () => {
  let server: PostgresServer;
  let admin: pg.Client;
  let config: PostgresSourceConfig;

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

  const open = (request: Partial<TableRequest> = {}, change: Partial<PostgresSourceConfig> = {}) =>
    postgresConnector.read(
      { tenant: "t", config: { ...config, ...change } },
      { table: "shop.items", ...request },
    );

  async function csvOf(request: Partial<TableRequest> = {}): Promise<string> {
    const opened = await open(request);
    try {
      const { stream, done } = await opened.csv();
      const bytes = Buffer.concat(await stream.toArray());
      expect(await done).toEqual(expect.any(Number));
      return bytes.toString("utf8");
    } finally {
      await opened.close();
    }
  }

  /** The sessions at the source that are ours and busy with this. */
  const sessions = async (doing: string) =>
    (
      await admin.query<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity where application_name = 'penstock' and query ilike $1`,
        [`%${doing}%`],
      )
    ).rows[0]?.n;
  const noneLeft = (doing: string) => expect.poll(() => sessions(doing), { timeout: 8_000 }).toBe(0);

  test("csv is what COPY takes: NULL and empty text are told apart", async () => {
    expect(await csvOf()).toBe(
      [
        '1,"a ""b"", c",true,2024-01-01 08:00:00.000001+00,1.50,\\x00ff',
        '2,"",false,2024-01-02 00:00:00+00,2.00,\\x',
        "3,,,,,",
        '4,"x\ny",true,2024-01-03 00:00:00+00,3.00,',
        "",
      ].join("\n"),
    );
    const opened = await open({ columns: ["sold", "id"] });
    expect(opened.columns).toEqual([
      { name: "sold", type: { name: "boolean" } },
      { name: "id", type: { name: "integer" } },
    ]);
    await opened.close();
    expect(await csvOf({ columns: ["sold", "id"], limit: 2 })).toBe("true,1\nfalse,2\n");
    expect(await csvOf({ table: "shop.empty" })).toBe("");
  });

  const ids = async (range: CursorRange) =>
    (await csvOf({ columns: ["id"], range })).trim().split("\n").join(" ");

  test("a stretch of a cursor column has the ends that were asked for", async () => {
    expect(await ids({ field: "id", after: "1" })).toBe("2 3 4");
    expect(await ids({ field: "id", after: "2", inclusive: true })).toBe("2 3 4");
    expect(await ids({ field: "id", after: "1", upTo: "3" })).toBe("2 3");
    expect(await ids({ field: "at" })).toBe("1 2 4");
    expect(
      await ids({ field: "at", after: "2024-01-01 08:00:00.000001+00", upTo: "2024-01-02 00:00:00+00" }),
    ).toBe("2");
    expect(await ids({ field: "at", after: "2024-01-01 08:00:00+00", nulls: "too" })).toBe("1 2 3 4");
    expect(await ids({ field: "at", upTo: "2024-01-01 08:00:00.000001+00", nulls: "too" })).toBe("1 3");
    expect(await ids({ field: "at", nulls: "only" })).toBe("3");
    expect(await ids({ field: "name", after: "'; drop table shop.items; --\\" })).toBe("1 4");
    expect(await ids({ field: "price", after: "1.499" })).toBe("1 2 4");
  });

  test("the highest value is found as text, exact to its last digit", async () => {
    const highest = (table: string, field: string) =>
      postgresConnector.highest({ tenant: "t", config }, { table, field });
    expect(await highest("shop.items", "at")).toBe("2024-01-03 00:00:00+00");
    expect(await highest("shop.items", "price")).toBe("3.00");
    expect(await highest("shop.items", "sold")).toBe("true");
    expect(await highest("shop.empty", "id")).toBeUndefined();
    await expect(highest("shop.items", "nothing")).rejects.toMatchObject({ code: "unknown_column" });
  });

  test("one state of the table is read, however long it takes", async () => {
    await admin.query("create table shop.moving as select generate_series(1, 3) as id");
    const opened = await open({ table: "shop.moving" });
    await admin.query("insert into shop.moving values (4); update shop.moving set id = 30 where id = 3");
    const { stream } = await opened.csv();
    expect(String(Buffer.concat(await stream.toArray()))).toBe("1\n2\n3\n");
    await opened.close();
  });

  test.each([
    [{ table: "shop.none" }, {}, { code: "stream_not_found", retryable: false }],
    [{ table: "items" }, {}, { code: "stream_not_found" }],
    [{ columns: ["nothing"] }, {}, { code: "unknown_column" }],
    [{ range: { field: "nothing" } }, {}, { code: "unknown_column" }],
    [{}, { password: "wrong" }, { code: "wrong_password", retryable: false }],
    [{}, { database: "none" }, { code: "unknown_database" }],
    [{}, { sslmode: "require" as const }, { code: "tls_refused" }],
  ])("%j with %j is a DataError with a code", async (request, change, expected) => {
    await expect(open(request, change)).rejects.toMatchObject({ name: "DataError", ...expected });
  });

  test("a table without a schema is looked for in the configured one", async () => {
    const opened = await open({ table: "items" }, { schema: "shop" });
    expect(opened.columns).toHaveLength(6);
    await opened.close();
  });

  test("a server that is away is worth another attempt", async () => {
    const away = open({}, { port: await freePort() });
    await expect(away).rejects.toMatchObject({ code: "closed_port", retryable: true });
  });

  test("a bad bound and a row that fails are told where the rows are read, and by done", async () => {
    for (const [request, code] of [
      [{ range: { field: "id", after: "not a number" } }, "bad_value"],
      [{ table: "shop.breaks" }, "bad_value"],
    ] as const) {
      const opened = await open(request);
      const { stream, done } = await opened.csv();
      await expect(stream.toArray()).rejects.toMatchObject({ name: "DataError", code });
      await expect(done).rejects.toMatchObject({ name: "DataError", code });
      await opened.close();
    }
  });

  test("a connection that is cut is told, and is worth another attempt", async () => {
    const opened = await open({ table: "shop.big" });
    const { stream, done } = await (opened.binary as NonNullable<typeof opened.binary>)();
    const reading = (async () => {
      for await (const _chunk of stream)
        await admin.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'penstock' and query like 'copy%big%'",
        );
    })();
    await expect(reading).rejects.toMatchObject({ name: "DataError", retryable: true });
    await expect(done).rejects.toMatchObject({ name: "DataError", code: "connection_closed" });
    await opened.close();
  });

  test("stopping ends what the server does, in the middle of rows and before the first", async () => {
    for (const table of ["shop.big", "shop.sleeps"]) {
      const stop = new AbortController();
      const opened = await open({ table, signal: stop.signal });
      const { stream, done } = await opened.csv();
      const ended = expect(stream.toArray()).rejects.toThrow("stopped");
      await expect.poll(() => sessions(table.split(".")[1] as string)).toBe(1);
      stop.abort(new Error("stopped"));
      await ended;
      await expect(done).rejects.toThrow("stopped");
      await noneLeft(table.split(".")[1] as string);
      await opened.close();
    }
  });

  test("who gives up reading leaves nothing behind", async () => {
    const opened = await open({ table: "shop.big" });
    const { stream, done } = await opened.csv();
    for await (const _chunk of stream) break;
    await expect(done).rejects.toMatchObject({ code: "connection_closed" });
    await noneLeft("big");
    await opened.close();
  });
});
