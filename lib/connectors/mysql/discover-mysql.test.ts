import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMariadb, type MariadbServer, startMariadb } from "../../../tests/servers/mariadb.ts";
import { mysqlConnector } from "./mysql.ts";

const TABLES = 2_000;

describe.skipIf(!findMariadb())("the catalogue of a MariaDB", { timeout: 30_000 }, () => {
  let server: MariadbServer;

  beforeAll(async () => {
    server = await startMariadb();
    const many = Array.from(
      { length: TABLES },
      (_, n) => `CREATE TABLE t${String(n).padStart(5, "0")} (id INT PRIMARY KEY) ENGINE=MEMORY;`,
    );
    await server.run("CREATE DATABASE many; CREATE DATABASE none; CREATE DATABASE shop");
    await server.run(many.join(""), "many");
    await server.run(
      `
      CREATE TABLE \`or.ders\` (
        region CHAR(2), id BIGINT UNSIGNED AUTO_INCREMENT, made_at DATETIME, day DATE, updated_at TIMESTAMP(6) NULL,
        data JSON, note TEXT, PRIMARY KEY (region, id), KEY (id));
      INSERT INTO \`or.ders\` (region, id, note) VALUES ('de', 1, 'a'), ('at', 2, NULL);
      CREATE TABLE Orders (id INT); CREATE TABLE orders (id INT); CREATE TABLE \`Bestände\` (id INT);
      CREATE VIEW recent AS SELECT id, note FROM \`or.ders\`;
      CREATE USER reader@'%' IDENTIFIED BY 'pw'; GRANT SELECT ON shop.orders TO reader@'%'; GRANT INSERT ON shop.Orders TO reader@'%'`,
      "shop",
    );
  }, 90_000);

  afterAll(() => server?.stop());

  /** The temporary tables that the server has made: some for each table whose columns and keys it was asked for. */
  const lookedInto = async () =>
    Number((await server.run("SHOW GLOBAL STATUS LIKE 'Created_tmp_tables'"))[0]?.[1]);

  const given = (database: string, more = {}) => ({
    tenant: "t",
    config: {
      ...{ host: server.host, port: server.port, database },
      ...{ username: server.user, password: server.password, ssl: "prefer" as const, ...more },
    },
  });

  it("tells tables and views with columns, key, size and what can be a cursor", async () => {
    const { streams, total, nextCursor } = await mysqlConnector.discover(given("shop"), { limit: 50 });
    expect(streams.map(({ name }) => name)).toEqual([
      ...["shop.Bestände", "shop.Orders", "shop.or.ders", "shop.orders", "shop.recent"],
    ]);
    expect({ total, nextCursor }).toEqual({ total: 5, nextCursor: null });
    const orders = streams.find(({ name }) => name === "shop.or.ders");
    expect(orders).toMatchObject({
      ...{ kind: "table", primaryKey: ["region", "id"], rowEstimate: 2, bytes: expect.any(Number) },
      ...{ cursorFields: ["updated_at", "id", "made_at", "day"], syncModes: ["full_refresh", "incremental"] },
    });
    expect(orders?.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      ...["region string", "id decimal(20,0)", "made_at timestamp", "day date", "updated_at timestamptz"],
      ...["data json", "note string"],
    ]);
    expect(streams.at(-1)).toMatchObject({ kind: "view", rowEstimate: null, syncModes: ["full_refresh"] });
  });

  it("shows the first rows of a table whose name has a dot", async () => {
    const { columns, rows } = await mysqlConnector.preview(given("shop"), {
      stream: "shop.or.ders",
      rows: 5,
    });
    expect(columns[1]).toMatchObject({
      name: "id",
      type: "decimal(20,0)",
      sourceType: "bigint(20) unsigned",
    });
    expect(rows.map((row) => [row[1], row[6]])).toEqual([
      ["2", null],
      ["1", "a"],
    ]);
  });

  it("says of a table that may not be read which grant it needs", async () => {
    const { streams } = await mysqlConnector.discover(given("shop", { username: "reader", password: "pw" }), {
      limit: 50,
    });
    expect(streams.map(({ name, note }) => [name, note])).toEqual([
      ["shop.Orders", expect.stringContaining("GRANT SELECT ON `shop`.`Orders` TO 'reader'")],
      ["shop.orders", undefined],
    ]);
  });

  it("says what may be the cause where there is nothing", async () => {
    const page = await mysqlConnector.discover(given("none"), { limit: 50 });
    expect(page).toMatchObject({
      streams: [],
      total: 0,
      nextCursor: null,
      query: expect.stringContaining("'none'"),
    });
    expect(page.causes).toHaveLength(3);
    expect((await mysqlConnector.discover(given("shop"), { limit: 50, filter: "xyz" })).causes).toHaveLength(
      1,
    );
  });

  it("pages through thousands of tables, each once, and a page takes no longer for the others", async () => {
    const before = await lookedInto();
    const first = await mysqlConnector.discover(given("many"), { limit: 50 });
    expect((await lookedInto()) - before).toBeLessThan(TABLES / 4);
    expect(first).toMatchObject({ total: TABLES, nextCursor: "t00049" });
    const seen = first.streams.map(({ name }) => name);
    for (let cursor = first.nextCursor; cursor; ) {
      const page = await mysqlConnector.discover(given("many"), { limit: 500, cursor });
      seen.push(...page.streams.map(({ name }) => name));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(await mysqlConnector.names(given("many")));
    expect(seen).toHaveLength(TABLES);
  });

  it("finds by a part of the name whatever its case, and by whole names", async () => {
    const found = await mysqlConnector.discover(given("many"), { limit: 10, filter: "T0012" });
    expect(found).toMatchObject({ total: 10, nextCursor: null });
    const odd = await mysqlConnector.discover(given("shop"), { limit: 10, filter: "ESTÄ" });
    expect(odd.streams.map(({ name }) => name)).toEqual(["shop.Bestände"]);
    const names = ["shop.orders", "shop.Orders", "shop.nope"];
    const page = await mysqlConnector.discover(given("shop"), { limit: 1, names });
    expect(page).toMatchObject({ streams: [{ name: "shop.Orders" }], nextCursor: "Orders" });
    const next = await mysqlConnector.discover(given("shop"), { limit: 5, names, cursor: "Orders" });
    expect(next).toMatchObject({ streams: [{ name: "shop.orders" }], nextCursor: null });
  });
});
