import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority } from "#tests/certificates.ts";
import { FollowedTable } from "#tests/followed-mysql.ts";
import { findMariadb, type MariadbServer, startMariadb } from "#tests/servers/mariadb.ts";
import { connectMysql } from "../connect-mysql.ts";
import { viewUnderLock } from "./begin-following.ts";
import { formatPosition } from "./log-position.ts";
import { formatShape, readFacts } from "./table-shape.ts";

describe.skipIf(!findMariadb())("what a server needs to be followed", { timeout: 60_000 }, () => {
  const authority = createAuthority("root of a test");
  let server: MariadbServer;
  const config = (more = {}) => ({
    ...{ host: server.host, port: server.port, database: "shop" },
    ...{ username: server.user, password: server.password },
    ...{ ssl: "verify" as const, ssl_root_cert: authority.root, ...more },
  });
  const run = (sql: string) => server.run(sql, "shop");
  const follow = (table: string, more = {}) => new FollowedTable(config(more), `shop.${table}`);
  const error = (promise: Promise<unknown>): Promise<{ code?: string; message?: string; hint?: string }> =>
    promise.then(
      () => ({}),
      ({ code, message, place }) => ({ code, message, hint: place?.hint }),
    );

  beforeAll(async () => {
    server = await startMariadb({
      tls: authority.issue("IP:127.0.0.1"),
      settings: ["require-secure-transport=ON", "binlog-ignore-db=unlogged"],
    });
    await server.run("CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE DATABASE unlogged");
    await run("CREATE TABLE t (id INT PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a')");
  }, 90_000);
  afterAll(async () => {
    await server?.stop();
  });

  it("follows over an encrypted connection whose certificate is the host's", async () => {
    const follower = await follow("t").begin();
    await run("INSERT INTO t VALUES (2, 'b')");
    await follower.catchUp();
    expect(follower.rows()).toEqual(await follower.sourceRows());
    const other = createAuthority("another root").root;
    expect((await error(follow("t", { ssl_root_cert: other }).begin())).code).toBe("untrusted_certificate");
  });

  it("says that there is no log, and what it lacks", async () => {
    const silent = await startMariadb({ settings: ["skip-log-bin"] });
    try {
      await silent.run("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY)");
      const { host, port, password } = silent;
      const found = await error(follow("t", { host, port, password, ssl: "disable" }).begin());
      expect(found).toMatchObject({ code: "no_change_log", hint: expect.stringContaining("log_bin") });
    } finally {
      await silent.stop();
    }
    const follower = await follow("t").begin();
    for (const [setting, value, right] of [
      ["binlog_format", "MIXED", "ROW"],
      ["binlog_row_image", "MINIMAL", "FULL"],
    ]) {
      await server.run(`SET GLOBAL ${setting}=${value}`);
      for (const attempt of [() => follow("t").begin(), () => follower.catchUp()]) {
        const found = await error(attempt());
        expect(found.code).toBe("no_change_log");
        expect(found.message).toContain(`${setting} is ${value} and has to be ${right}`);
        expect(found.hint).toContain(`${setting}='${right}'`);
      }
      await server.run(`SET GLOBAL ${setting}=${right}`);
    }
    await server.run("CREATE TABLE unlogged.t (id INT PRIMARY KEY)");
    const found = await error(new FollowedTable(config({ database: "unlogged" }), "unlogged.t").begin());
    expect(found).toMatchObject({ code: "no_change_log", hint: expect.stringContaining("binlog_ignore_db") });
  });

  it("does not pass by what a session logged in another way", async () => {
    for (const [setting, change, code] of [
      ["binlog_row_image='MINIMAL'", "UPDATE t SET v='minimal' WHERE id=1", "no_change_log"],
      ["binlog_format='STATEMENT'", "UPDATE t SET v='statement' WHERE id=1", "table_changed"],
    ]) {
      const follower = await follow("t").begin();
      await run("REPLACE INTO t VALUES (5, 'before')");
      await run(`SET SESSION ${setting}; ${change}`);
      expect((await error(follower.catchUp())).code).toBe(code);
      // What came before it was told.
      expect(follower.rows()).toContainEqual(["5", "before"]);
    }
  });

  it("names the privileges that are missing", async () => {
    await server.run(`CREATE USER reader IDENTIFIED BY 'pw'; GRANT SELECT ON shop.* TO reader`);
    const reader = { username: "reader", password: "pw" };
    const denied = {
      code: "no_replication",
      hint: expect.stringContaining("GRANT REPLICATION SLAVE, REPLICATION CLIENT"),
    };
    expect(await error(follow("t", reader).begin())).toMatchObject(denied);
    await server.run("GRANT BINLOG MONITOR ON *.* TO reader");
    expect(await error(follow("t", reader).begin())).toMatchObject(denied);
    await server.run("GRANT REPLICATION SLAVE ON *.* TO reader");
    const follower = await follow("t", reader).begin();
    await run("REPLACE INTO t VALUES (6, 'x')");
    expect((await follower.catchUp()).changes.length).toBe(1);
    // Who may only read is told, too, where the log says nothing of changes.
    await run(
      "CREATE TABLE kept (id INT PRIMARY KEY, t INT, FOREIGN KEY (t) REFERENCES t (id) ON UPDATE CASCADE)",
    );
    expect((await error(follow("kept", reader).begin())).code).toBe("not_followable");
    await server.run("REVOKE REPLICATION SLAVE ON *.* FROM reader");
    expect(await error(follower.catchUp())).toMatchObject(denied);
    await server.run(
      "GRANT REPLICATION SLAVE ON *.* TO reader; REVOKE SELECT ON shop.* FROM reader; GRANT SELECT (id) ON shop.t TO reader",
    );
    expect((await error(follow("t", reader).begin())).code).toBe("no_select");
  });

  it.each<[string, string, RegExp]>([
    ["keyless", "CREATE TABLE keyless (id INT, UNIQUE (id))", /ADD PRIMARY KEY/],
    ["isam", "CREATE TABLE isam (id INT PRIMARY KEY) ENGINE=MyISAM", /ENGINE=InnoDB/],
    ["seen", "CREATE VIEW seen AS SELECT * FROM t", /Follow its tables/],
    ["history", "CREATE TABLE history (id INT PRIMARY KEY) WITH SYSTEM VERSIONING", /upsert/],
    [
      "orphan",
      "CREATE TABLE orphan (id INT PRIMARY KEY, t INT, FOREIGN KEY (t) REFERENCES t (id) ON DELETE SET NULL)",
      /ON DELETE RESTRICT/,
    ],
    [
      "child",
      "CREATE TABLE child (id INT PRIMARY KEY, t INT, FOREIGN KEY (t) REFERENCES t (id) ON DELETE CASCADE)",
      /ON DELETE RESTRICT/,
    ],
    ["gbk", "CREATE TABLE gbk (id INT PRIMARY KEY, v TEXT CHARACTER SET gbk)", /utf8mb4/],
  ])("refuses %s, and says what would help", async (table, sql, hint) => {
    await run(sql);
    const found = await error(follow(table).begin());
    expect(found.code).toMatch(/not_followable|unsupported_charset/);
    expect(found.hint).toMatch(hint);
  });

  it("takes a table whose foreign keys only refuse", async () => {
    await run(
      `CREATE TABLE bound (id INT PRIMARY KEY COMMENT 'ON DELETE CASCADE', t INT, FOREIGN KEY (t) REFERENCES t (id) ON DELETE RESTRICT)`,
    );
    expect((await follow("bound").begin()).rows()).toEqual([]);
  });

  it("goes on where a column came that older rows have nothing in", async () => {
    await run("CREATE TABLE growing (id INT PRIMARY KEY, v INT); INSERT INTO growing VALUES (1, 1)");
    const follower = await follow("growing").begin();
    await run(`INSERT INTO growing VALUES (2, 2); ALTER TABLE growing ADD note TEXT FIRST, ADD INDEX (v);
      INSERT INTO growing VALUES ('new', 3, 3); UPDATE growing SET note='x' WHERE id=1`);
    await follower.catchUp();
    expect(follower.changes).toEqual([
      { op: "insert", row: [null, "2", "2"] },
      { op: "insert", row: ["new", "3", "3"] },
      { op: "update", row: ["x", "1", "1"] },
    ]);
    await run("ALTER TABLE growing COMMENT='harmless'; DELETE FROM growing WHERE id=1");
    expect((await follower.catchUp()).changes).toEqual([{ op: "delete", key: ["1"] }]);
  });

  it.each([
    ["another type", "ALTER TABLE % MODIFY v BIGINT"],
    ["a column that is gone", "ALTER TABLE % DROP v"],
    ["a column with a value for old rows", "ALTER TABLE % ADD w INT DEFAULT 7"],
    ["columns that changed places", "ALTER TABLE % MODIFY v INT FIRST"],
    ["another name", "ALTER TABLE % RENAME COLUMN v TO w"],
    ["another key", "ALTER TABLE % DROP PRIMARY KEY, ADD PRIMARY KEY (id, v)"],
    ["types there and back", "ALTER TABLE % MODIFY v VARCHAR(9); ALTER TABLE % MODIFY v INT"],
    ["a table that took its name", "CREATE TABLE new_% LIKE %; RENAME TABLE % TO old_%, new_% TO %"],
    ["a table made anew", "DROP TABLE %; CREATE TABLE % (id INT PRIMARY KEY, v INT)"],
  ])("says that the table changed: %s", async (_, sql) => {
    const table = `changed_${_.replaceAll(" ", "_")}`;
    await run(
      `CREATE TABLE ${table} (id INT PRIMARY KEY, v INT NOT NULL); INSERT INTO ${table} VALUES (1, 1)`,
    );
    const follower = await follow(table).begin();
    await run(sql.replaceAll("%", table));
    expect((await error(follower.catchUp())).code).toBe("table_changed");
    await follower.begin();
    await run(`DELETE FROM ${table}`);
    expect((await follower.catchUp()).rows()).toEqual([]);
  });

  it("takes a view under a lock where the server has no better means, and goes on from a place in a file", async () => {
    await run("CREATE TABLE fleeting (id INT PRIMARY KEY, v INT); INSERT INTO fleeting VALUES (1, 1)");
    const link = await connectMysql(config());
    try {
      const facts = await readFacts(link, "shop", "fleeting");
      const given = { config: config(), name: "`shop`.`fleeting`", server: "1" };
      await server.run("CREATE USER locker IDENTIFIED BY 'pw'; GRANT SELECT ON shop.* TO locker");
      const unable = { ...given, config: config({ username: "locker", password: "pw" }) };
      expect(await error(viewUnderLock(link, unable))).toMatchObject({
        ...{ code: "no_replication", hint: expect.stringContaining("GRANT LOCK TABLES ON `shop`.*") },
      });
      const position = await viewUnderLock(link, given);
      await run("INSERT INTO fleeting VALUES (2, 2)");
      expect(await link.query("SELECT COUNT(*) FROM shop.fleeting")).toEqual([["1"]]);
      const follower = follow("fleeting");
      follower.position = formatPosition(position);
      follower.shape = formatShape(facts?.shape ?? { columns: [], key: [] });
      await follower.catchUp();
      expect(follower.changes).toEqual([{ op: "insert", row: ["2", "2"] }]);
      await run("FLUSH BINARY LOGS; INSERT INTO fleeting VALUES (3, 3)");
      expect((await follower.catchUp()).changes).toEqual([{ op: "insert", row: ["3", "3"] }]);
      await run("FLUSH BINARY LOGS");
      expect((await follower.catchUp()).changes).toEqual([]);
      const [file] = (await server.run("SHOW MASTER STATUS"))[0] ?? [];
      expect(follower.position).toMatch(new RegExp(`^file:1:\\d+:${file}$`));
      follower.position = follower.position.replace("file:1:", "file:2:");
      expect((await error(follower.catchUp())).code).toBe("changes_lost");
    } finally {
      link.close();
    }
  });

  it("says that an altered table is to be tried again", async () => {
    await run("CREATE TABLE altered (id INT PRIMARY KEY); INSERT INTO altered VALUES (1)");
    const link = await connectMysql(config());
    await link.query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    await link.query("START TRANSACTION WITH CONSISTENT SNAPSHOT");
    await run("ALTER TABLE altered ADD v INT, ALGORITHM=COPY");
    await expect(link.query("SELECT * FROM shop.altered")).rejects.toMatchObject({ errno: 1412 });
    link.close();
  });
});
