import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresType, sqlIdentifier } from "#lib/ir/index.ts";
import { type SnowflakeWire, startSnowflakeWire } from "../../../tests/servers/snowflake-wire.ts";
import { findPostgres, freePort, type PostgresServer, startPostgres } from "../../../tests/services.ts";
import type { SnowflakeSourceConfig } from "../specs/snowflake.ts";
import { placeOf } from "./connect-snowflake.ts";
import { storedName } from "./names.ts";
import { snowflakeConnector } from "./snowflake.ts";

const MANY = 30_000;

describe("Snowflake, played by a wire server of ours", { timeout: 30_000 }, () => {
  const keys = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  let wire: SnowflakeWire;
  let target: PostgresServer;
  const servers: Server[] = [];

  beforeAll(async () => {
    if (findPostgres()) target = await startPostgres();
    wire = await startSnowflakeWire({
      ...{ account: "myorg-shop", user: "LOADER", password: "canary-secret", publicKey: keys.publicKey },
      ...{ roles: ["READER", "BLIND"], blindRoles: ["BLIND"], database: "SHOP", schemas: ["PUBLIC", "NONE"] },
      warehouses: { WH: "running", ASLEEP: "suspended" },
    });
    await wire.run(`
      create table "PUBLIC"."ORDERS" (
        ID decimal(18,0) primary key, TINY decimal(3,0), BIG decimal(38,0), AMOUNT decimal(38,5), RATIO double,
        T varchar, J json, B blob, "AT" timestamp, MOMENT timestamptz, TM time, D date, OK boolean, "odd ""name" varchar);
      insert into "PUBLIC"."ORDERS" values
        (1, 7, 99999999999999999999999999999999999999, 1.00001, 0.1, 'a,"b"\n\\. 😀', '{"a": "é\\""}', '\\x00\\xFF'::blob,
          '2024-01-01 01:02:03.5', '2024-01-01 01:02:03+02', '23:59:59.999999', '9999-12-31', true, ''),
        (2, null, null, null, null, null, null, null, null, null, null, null, null, null),
        (3, -7, -1, -0.5, -1e300, '', 'null', ''::blob, '1970-01-01', '1970-01-01 00:00:00+00', '00:00:00', '0001-01-01', false, 'x');
      create table "PUBLIC"."MANY" as select range as ID, 'text "' || range || '"' as T from range(${MANY});
      create view "PUBLIC"."RECENT" as select ID, T from "PUBLIC"."ORDERS";
      create table "PUBLIC"."NUL" (T varchar); insert into "PUBLIC"."NUL" values (chr(0))`);
  }, 60_000);

  afterAll(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await Promise.all([wire?.stop(), target?.stop()]);
  });

  const config = (change: Partial<SnowflakeSourceConfig> = {}): SnowflakeSourceConfig => ({
    ...{ account: "myorg-shop", warehouse: "wh", database: "shop", schema: "public", role: "reader" },
    ...{ username: "loader", password: "canary-secret", access_url: wire.url },
    ...change,
  });
  const given = (change: Partial<SnowflakeSourceConfig> = {}) => ({ tenant: "t", config: config(change) });
  const check = (change: Partial<SnowflakeSourceConfig> = {}) => snowflakeConnector.check(given(change));
  const linesOf = async (table: string, more = {}) => {
    const opened = await snowflakeConnector.read(given(), { table, ...more });
    const { stream, done } = await opened.csv();
    const text = await textOf(stream);
    return { text, rows: await done };
  };

  it("passes every stage, by password and by key pair", async () => {
    const result = await check();
    expect(result).toMatchObject({ ok: true });
    expect(result.stages.map(({ stage }) => stage)).toEqual([
      ...["resolve", "connect", "tls", "authenticate", "database", "privileges", "first_row"],
    ]);
    const { password: _password, ...without } = config();
    const byKey = { tenant: "t", config: { ...without, private_key: keys.privateKey } };
    expect(await snowflakeConnector.check(byKey)).toMatchObject({ ok: true });
  });

  it("passes where nothing is there yet, and says what it would need", async () => {
    const result = await check({ schema: "none" });
    expect(result.ok).toBe(true);
    expect(result.stages.at(-2)?.message).toContain(
      'GRANT SELECT ON ALL TABLES IN SCHEMA "SHOP"."NONE" TO ROLE "READER"',
    );
    const page = await snowflakeConnector.discover(given({ schema: "none" }), { limit: 10 });
    expect(page).toMatchObject({ streams: [], total: 0, query: expect.stringContaining("'NONE'") });
    expect(page.causes).toHaveLength(3);
  });

  it.each<[fault: string, change: () => Partial<SnowflakeSourceConfig>, expected: Record<string, unknown>]>([
    [
      "a wrong password",
      () => ({ password: "wrong" }),
      { stage: "authenticate", code: "wrong_credentials", field: "password" },
    ],
    ["a wrong user", () => ({ username: "nobody" }), { stage: "authenticate", code: "wrong_credentials" }],
    [
      "a key that is another user's",
      () => ({
        password: undefined,
        private_key: generateKeyPairSync("rsa", { modulusLength: 2048 })
          .privateKey.export({ type: "pkcs8", format: "pem" })
          .toString(),
      }),
      { stage: "authenticate", code: "wrong_credentials", field: "private_key" },
    ],
    [
      "a role that is not the user's",
      () => ({ role: "admin" }),
      {
        stage: "authenticate",
        code: "unknown_role",
        field: "role",
        fix: expect.stringContaining('GRANT ROLE "ADMIN" TO USER "LOADER"'),
      },
    ],
    [
      "a warehouse that does not exist",
      () => ({ warehouse: "nope" }),
      { stage: "database", code: "no_warehouse", field: "warehouse" },
    ],
    [
      "a warehouse that is suspended",
      () => ({ warehouse: "asleep" }),
      {
        stage: "privileges",
        code: "no_warehouse",
        field: "warehouse",
        fix: expect.stringContaining('ALTER WAREHOUSE "ASLEEP" RESUME'),
      },
    ],
    [
      "an unknown database",
      () => ({ database: "shpo" }),
      { stage: "database", code: "unknown_database", field: "database" },
    ],
    [
      "an unknown schema",
      () => ({ schema: "pubic" }),
      { stage: "database", code: "unknown_schema", field: "schema" },
    ],
    [
      "a name whose case matters",
      () => ({ schema: '"public"' }),
      { stage: "database", code: "unknown_schema" },
    ],
    [
      "no SELECT",
      () => ({ role: "blind" }),
      {
        stage: "privileges",
        code: "no_select",
        field: "role",
        fix: expect.stringContaining('TO ROLE "BLIND"'),
      },
    ],
    [
      "an account that does not exist",
      () => ({ account: "no-such-account-here", access_url: "http://no-such-account.invalid" }),
      { stage: "resolve", code: "unknown_host", field: "access_url" },
    ],
    [
      "an address of the cloud's own",
      () => ({ access_url: "http://169.254.169.254" }),
      { stage: "resolve", code: "forbidden_address" },
    ],
    [
      "an address that speaks no TLS",
      () => ({ access_url: wire.url.replace("http:", "https:") }),
      { stage: "tls" },
    ],
  ])("names %s", async (_fault, change, expected) => {
    const changed = { ...config(), ...change() };
    const given = JSON.parse(JSON.stringify(changed)) as SnowflakeSourceConfig;
    const result = await snowflakeConnector.check({ tenant: "t", config: given });
    expect(result.failure).toMatchObject(expected);
    expect(result.failure?.code).not.toBe("unknown_error");
    expect(JSON.stringify(result)).not.toContain("canary-secret");
  });

  describe("what is no Snowflake", () => {
    const serve = (status: number, body: string, headers = {}): Promise<string> =>
      new Promise((resolve) => {
        const server = createServer((_request, response) => response.writeHead(status, headers).end(body));
        servers.push(server);
        server.listen(0, "127.0.0.1", () =>
          resolve(`http://127.0.0.1:${(server.address() as { port: number }).port}`),
        );
      });

    it.each<[fault: string, status: number, body: string, expected: Record<string, unknown>]>([
      ["an account that the address does not know", 403, "Forbidden", { code: "unknown_host" }],
      [
        "a page of something else",
        200,
        "<html>hello</html>",
        { code: "wrong_protocol", field: "access_url" },
      ],
      ["an outage", 503, "", { code: "slow_server" }],
    ])("names %s", async (_fault, status, body, expected) => {
      const result = await check({ access_url: await serve(status, body) });
      expect(result.failure).toMatchObject({ stage: "authenticate", ...expected });
    });

    it("follows no redirect to an address that the guard refuses, also over the other protocol", async () => {
      const away = await serve(307, "", { location: "https://169.254.169.254/latest/meta-data" });
      const result = await check({ access_url: away });
      expect(result.failure).toMatchObject({ stage: "authenticate", code: "forbidden_address" });
    });

    it("names a port where nobody listens", async () => {
      const result = await check({ access_url: `http://127.0.0.1:${await freePort()}` });
      expect(result.failure).toMatchObject({ stage: "connect", code: "closed_port" });
    });
  });

  it("tells tables and views with columns, key, size and what can be a cursor", async () => {
    const first = await snowflakeConnector.discover(given(), { limit: 3 });
    expect(first.streams.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      ...["table PUBLIC.MANY", "table PUBLIC.NUL", "table PUBLIC.ORDERS"],
    ]);
    expect(first).toMatchObject({ total: 4, nextCursor: "ORDERS" });
    expect(first.streams[0]).toMatchObject({ rowEstimate: MANY });
    expect(first.streams[2]).toMatchObject({ primaryKey: ["ID"], cursorFields: ["AT", "MOMENT", "ID", "D"] });
    expect(first.streams[2]?.columns.map(({ type }) => type)).toEqual([
      ...["bigint", "smallint", "decimal(38,0)", "decimal(38,5)", "double", "string", "json", "binary"],
      ...["timestamp", "timestamptz", "time", "date", "boolean", "string"],
    ]);
    const rest = await snowflakeConnector.discover(given(), { limit: 3, cursor: "ORDERS" });
    expect(rest.streams.map(({ name, kind }) => `${kind} ${name}`)).toEqual(["view PUBLIC.RECENT"]);
    expect((await snowflakeConnector.discover(given(), { limit: 9, filter: "rec" })).total).toBe(1);
    expect(await snowflakeConnector.names(given())).toHaveLength(4);
    const preview = await snowflakeConnector.preview(given(), { stream: "PUBLIC.ORDERS", rows: 2 });
    expect(preview.rows.map((row) => row[5])).toEqual(['a,"b"\n\\. 😀', null]);
  });

  it("reads many chunks, each row once, and has a chunk again that broke off", async () => {
    wire.breakChunk();
    const { text, rows } = await linesOf("PUBLIC.MANY");
    const lines = text.trim().split("\n");
    expect(rows).toBe(MANY);
    expect(lines[12_345]).toBe('12345,"text ""12345"""');
    expect(new Set(lines).size).toBe(MANY);
  });

  it("goes on when the session expires, and says so when it cannot be renewed", async () => {
    const opened = await snowflakeConnector.read(given(), { table: "PUBLIC.ORDERS" });
    wire.expireSessions();
    const { stream } = await opened.csv();
    expect((await textOf(stream)).length).toBeGreaterThan(10);
    const late = await snowflakeConnector.read(given(), { table: "PUBLIC.ORDERS" });
    wire.expireSessions(true);
    await expect(late.csv()).rejects.toMatchObject({
      name: "DataError",
      code: "connection_closed",
      retryable: true,
    });
  });

  it("reads stretches of a cursor, at the bounds", async () => {
    const ids = async (range: object) => {
      const { text } = await linesOf("PUBLIC.ORDERS", { columns: ["ID"], range });
      return text.trim().split("\n").filter(Boolean).sort();
    };
    expect(await ids({ field: "ID", after: "1" })).toEqual(["2", "3"]);
    expect(await ids({ field: "ID", after: "1", inclusive: true, upTo: "2" })).toEqual(["1", "2"]);
    expect(await ids({ field: "MOMENT", after: "2023-12-31 23:02:02.999999+00" })).toEqual(["1"]);
    expect(await ids({ field: "MOMENT", after: "2023-12-31 23:02:03+00", nulls: "too" })).toEqual(["2"]);
    expect(await ids({ field: "D", nulls: "only" })).toEqual(["2"]);
    await expect(ids({ field: "ID", after: "1 or 1=1" })).rejects.toMatchObject({ code: "invalid_cursor" });
    await expect(linesOf("PUBLIC.NOPE")).rejects.toMatchObject({ code: "unknown_table" });
    const highest = (field: string) => snowflakeConnector.highest(given(), { table: "PUBLIC.ORDERS", field });
    expect(await highest("ID")).toBe("3");
    expect(await highest("MOMENT")).toBe("2023-12-31 23:02:03+00");
    expect((await linesOf("PUBLIC.MANY", { limit: 7 })).rows).toBe(7);
  });

  it("refuses a NUL in a text instead of changing it", async () => {
    await expect(linesOf("PUBLIC.NUL")).rejects.toMatchObject({ code: "nul_character" });
  });

  it("stops when it is aborted, while it signs in, asks or reads", async () => {
    const release = wire.hold();
    const stop = new AbortController();
    const asking = snowflakeConnector.discover(given(), { limit: 1, signal: stop.signal });
    stop.abort(new Error("stopped by a test"));
    await expect(asking).rejects.toThrow("stopped by a test");
    release();
    const stopReading = new AbortController();
    const opened = await snowflakeConnector.read(given(), {
      table: "PUBLIC.MANY",
      signal: stopReading.signal,
    });
    const { stream, done } = await opened.csv();
    stopReading.abort(new Error("stopped by a test"));
    await expect(textOf(stream)).rejects.toThrow("stopped by a test");
    await expect(done).rejects.toThrow("stopped by a test");
  });

  it("tells the server that a session ends, and leaves no log behind", async () => {
    const before = wire.asked.filter((line) => line === "POST /session").length;
    await snowflakeConnector.names(given());
    await expect.poll(() => wire.asked.filter((line) => line === "POST /session").length).toBe(before + 1);
    expect(existsSync("snowflake.log")).toBe(false);
  });

  it("keeps the library from looking for a cloud around it, and from running native code", () => {
    expect(wire.client()).toMatchObject({
      APPLICATION: "Penstock",
      PLATFORM: ["disabled"],
      CORE_VERSION: null,
    });
  });

  it("goes to the account's own host, and folds names as Snowflake does", () => {
    const { access_url: _address, ...without } = config({ account: "MyOrg-My_Shop" });
    expect(placeOf(without)).toEqual({
      ...{
        url: "https://myorg-my-shop.snowflakecomputing.com",
        host: "myorg-my-shop.snowflakecomputing.com",
      },
      ...{ port: 443, encrypted: true },
    });
    expect(["wh_1", '"Wh"', "two words", '"a""b"'].map(storedName)).toEqual([
      "WH_1",
      "Wh",
      "two words",
      'a"b',
    ]);
  });

  describe.skipIf(!findPostgres())("into PostgreSQL", () => {
    it("arrives as it was, value by value", async () => {
      const client = new pg.Client(target.url);
      await client.connect();
      await client.query("set timezone = 'UTC'");
      const opened = await snowflakeConnector.read(given(), { table: "PUBLIC.ORDERS" });
      const columns = opened.columns.map(({ name, type }) => `${sqlIdentifier(name)} ${postgresType(type)}`);
      await client.query(`create table landed (${columns.join(", ")})`);
      const { stream } = await opened.csv();
      await pipeline(stream, client.query(copyFrom("copy landed from stdin (format csv)")));
      const { rows } = await client.query({
        text: `select ${opened.columns.map(({ name }) => `${sqlIdentifier(name)}::text`).join(", ")} from landed order by 1`,
        rowMode: "array",
      });
      await client.end();
      expect(rows).toEqual([
        [
          ...["1", "7", "9".repeat(38), "1.00001", "0.1", 'a,"b"\n\\. 😀', '{"a": "é\\""}', "\\x00ff"],
          ...["2024-01-01 01:02:03.5", "2023-12-31 23:02:03+00", "23:59:59.999999", "9999-12-31", "true", ""],
        ],
        ["2", ...Array(13).fill(null)],
        [
          ...["3", "-7", "-1", "-0.50000", "-1e+300", "", "null", "\\x"],
          ...["1970-01-01 00:00:00", "1970-01-01 00:00:00+00", "00:00:00", "0001-01-01", "false", "x"],
        ],
      ]);
    });
  });
});
