import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FollowedTable } from "#tests/followed-mysql.ts";
import { findMariadb, type MariadbServer, startMariadb } from "#tests/servers/mariadb.ts";
import { mysqlConnector } from "../mysql.ts";

describe.skipIf(!findMariadb())("following a table of MariaDB", { timeout: 60_000 }, () => {
  let server: MariadbServer;
  let count = 0;
  const config = (more = {}) => ({
    ...{ host: server.host, port: server.port, database: "shop" },
    ...{ username: server.user, password: server.password, ssl: "prefer" as const, ...more },
  });
  const run = (sql: string) => server.run(sql, "shop");

  beforeAll(async () => {
    server = await startMariadb({ settings: ["max-binlog-size=4096", "slow-query-log=0"] });
    await server.run("CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE DATABASE other");
  }, 90_000);
  afterAll(async () => {
    await server?.stop();
  });

  /** A table of its own with two rows, followed. */
  const followed = async (columns = "id INT PRIMARY KEY, v VARCHAR(50)") => {
    const table = `t${count++}`;
    await run(`CREATE TABLE ${table} (${columns}); INSERT INTO ${table} (id) VALUES (1), (2)`);
    return { table, follower: await new FollowedTable(config(), `shop.${table}`).begin() };
  };
  const agree = async (follower: FollowedTable) =>
    expect(follower.rows()).toEqual(await follower.sourceRows());
  const code = (promise: Promise<unknown>) =>
    promise.then(
      () => "nothing",
      (error) => error.code,
    );

  it("tells inserts, updates, deletes and new keys in their order, and nothing twice", async () => {
    const { table, follower } = await followed();
    await run(`INSERT INTO ${table} VALUES (3, 'c'), (4, NULL); UPDATE ${table} SET v='x' WHERE id=1`);
    await run(
      `DELETE FROM ${table} WHERE id=2; UPDATE ${table} SET id=9 WHERE id=3; REPLACE INTO ${table} VALUES (4, '')`,
    );
    await follower.catchUp();
    expect(follower.changes).toEqual([
      { op: "insert", row: ["3", "c"] },
      { op: "insert", row: ["4", null] },
      { op: "update", row: ["1", "x"] },
      { op: "delete", key: ["2"] },
      { op: "update", row: ["9", "c"], key: ["3"] },
      { op: "update", row: ["4", ""] },
    ]);
    await agree(follower);
    await follower.catchUp();
    expect(follower.changes).toEqual([]);
    expect(follower.parts).toEqual({ all: 1, ended: 1 });
  });

  it("meets the snapshot exactly, whatever is written while it is taken and read", async () => {
    const table = `t${count++}`;
    await run(`CREATE TABLE ${table} (id INT AUTO_INCREMENT PRIMARY KEY, v INT)`);
    let writing = true;
    const writer = (async () => {
      for (let i = 0; writing; i++) {
        await run(`INSERT INTO ${table} (v) VALUES (${i}); UPDATE ${table} SET v=v+1 WHERE id%7=${i % 7}`);
        if (i % 5 === 0) await run(`DELETE FROM ${table} ORDER BY id LIMIT 2`);
      }
    })();
    writer.catch(() => undefined);
    const followers: FollowedTable[] = [];
    for (let i = 0; i < 25; i++) {
      const follower = new FollowedTable(config(), `shop.${table}`);
      followers.push(await follower.begin(() => run(`INSERT INTO ${table} (v) VALUES (-1)`)));
      await follower.catchUp();
    }
    writing = false;
    await writer;
    expect((await server.run("SHOW BINARY LOGS")).length).toBeGreaterThan(20);
    for (const follower of followers) await agree(await follower.catchUp());
  });

  it("tells nothing of other tables, even those of the same name elsewhere", async () => {
    const { table, follower } = await followed();
    await run(
      `CREATE TABLE other.${table} (id INT PRIMARY KEY, v VARCHAR(50)); INSERT INTO other.${table} VALUES (7, 'no')`,
    );
    await run(
      `INSERT INTO other.${table} VALUES (8, 'no'); TRUNCATE TABLE other.${table}; ALTER TABLE other.${table} DROP v`,
    );
    await run(`BEGIN; INSERT INTO other.${table} VALUES (9); INSERT INTO ${table} VALUES (9, 'yes'); COMMIT`);
    await run(`DROP TABLE other.${table}`);
    await follower.catchUp();
    expect(follower.changes).toEqual([{ op: "insert", row: ["9", "yes"] }]);
  });

  it("ends where the log ended when it was opened, though others go on writing", async () => {
    const { table, follower } = await followed("id INT PRIMARY KEY, v TEXT");
    // More than lies between the server and us: the rest it reads from its log only later.
    await run(
      `INSERT INTO ${table} SELECT seq, REPEAT('x', 2000) FROM seq_10_to_20009; INSERT INTO ${table} VALUES (3, 'before')`,
    );
    const port = mysqlConnector.follow as NonNullable<typeof mysqlConnector.follow>;
    const opened = await port.changes(
      { tenant: "t", config: config() },
      { table: `shop.${table}`, name: "n", from: follower.position, shape: follower.shape },
    );
    await run(`INSERT INTO ${table} VALUES (4, 'after')`);
    const found = [];
    for await (const batch of opened.batches) found.push(...batch.changes);
    expect(found.length).toBe(20_001);
    expect(found.at(-1)).toEqual({ op: "insert", row: ["3", "before"] });
    await opened.close();
    await agree(await follower.catchUp());
  });

  it("reads some of the columns, and the key of several", async () => {
    await run("CREATE TABLE pairs (a INT, x BLOB, b VARCHAR(9), y INT, PRIMARY KEY (b, a))");
    const follower = await new FollowedTable(config(), "shop.pairs", ["y", "b", "a"]).begin();
    await run(
      "INSERT INTO pairs VALUES (1, 'x', 'k', 5), (2, 'x', 'k', 6); UPDATE pairs SET a=3, y=7 WHERE a=1; DELETE FROM pairs WHERE a=2",
    );
    await follower.catchUp();
    expect(follower.changes).toEqual([
      { op: "insert", row: ["5", "k", "1"] },
      { op: "insert", row: ["6", "k", "2"] },
      { op: "update", row: ["7", "k", "3"], key: ["k", "1"] },
      { op: "delete", key: ["k", "2"] },
    ]);
    await agree(follower);
    expect(await code(new FollowedTable(config(), "shop.pairs", ["y", "b"]).begin())).toBe("key_not_read");
  });

  it("sees TRUNCATE between what came before and after it", async () => {
    const { table, follower } = await followed();
    await run(
      `INSERT INTO ${table} VALUES (3, 'gone'); truncate /* all */ \`shop\` . ${table}; INSERT INTO ${table} VALUES (1, 'new')`,
    );
    await follower.catchUp();
    expect(follower.changes.map(({ op }) => op)).toEqual(["insert", "truncate", "insert"]);
    await agree(follower);
  });

  it("leaves out what a transaction took back", async () => {
    const { table, follower } = await followed();
    await run(`CREATE TABLE loose_${table} (id INT) ENGINE=MyISAM`);
    await run(`BEGIN; INSERT INTO ${table} VALUES (3, 'kept'); SAVEPOINT \`s 1\`; INSERT INTO loose_${table} VALUES (1);
      INSERT INTO ${table} VALUES (4, 'taken back'); ROLLBACK TO \`s 1\`; INSERT INTO ${table} VALUES (5, 'kept'); COMMIT`);
    await run(
      `BEGIN; INSERT INTO ${table} VALUES (6, 'no'); INSERT INTO loose_${table} VALUES (2); ROLLBACK`,
    );
    await follower.catchUp();
    expect(follower.changes.map((change) => "row" in change && change.row[0])).toEqual(["3", "5"]);
    await agree(follower);
  });

  it("takes rows of a prepared transaction when it is committed, in that order", async () => {
    const { table, follower } = await followed();
    const prepare = (name: string, id: number) =>
      run(
        `XA START '${name}'; INSERT INTO ${table} VALUES (${id}, '${name}'); XA END '${name}'; XA PREPARE '${name}'`,
      );
    await prepare("yes", 3);
    await prepare("no", 4);
    await run(`INSERT INTO ${table} VALUES (5, 'meanwhile'); XA COMMIT 'yes'; XA ROLLBACK 'no'`);
    await run(
      `XA START 'at once'; INSERT INTO ${table} VALUES (6, 'once'); XA END 'at once'; XA COMMIT 'at once' ONE PHASE`,
    );
    await follower.catchUp();
    expect(follower.changes.map((change) => "row" in change && change.row[0])).toEqual(["5", "3", "6"]);
    await agree(follower);
    await prepare("late", 7);
    await follower.catchUp();
    await run("XA COMMIT 'late'");
    expect(await code(follower.catchUp())).toBe("table_changed");
    await agree(await follower.begin());
  });

  it("hands a large transaction on in parts, and many small ones together", async () => {
    const { table, follower } = await followed("id INT PRIMARY KEY, v VARCHAR(50) DEFAULT 'v'");
    await run(`INSERT INTO ${table} (id) SELECT seq FROM seq_10_to_30000`);
    await follower.catchUp();
    expect(follower.parts.ended).toBeLessThanOrEqual(2);
    expect(follower.parts.all).toBeGreaterThan(10);
    await agree(follower);
    await run(
      Array.from({ length: 200 }, (_, i) => `UPDATE ${table} SET v='${i}' WHERE id=${i + 10}`).join(";"),
    );
    await follower.catchUp();
    expect(follower.parts).toEqual({ all: 1, ended: 1 });
    await agree(follower);
  });

  it("hands on what has ended together with its place, so that a long way is gone in steps", async () => {
    const { table, follower } = await followed("id INT PRIMARY KEY, v VARCHAR(50) DEFAULT 'v'");
    const deletes = (from: number) =>
      Array.from({ length: 10 }, (_, at) => `DELETE FROM ${table} WHERE id=${from + at}`).join(";");
    for (let at = 0; at < 6; at++)
      await run(`INSERT INTO ${table} (id) SELECT seq FROM seq_${at * 900 + 10}_to_${at * 900 + 909};
        ${deletes(at * 900 + 10)}`);
    await follower.catchUp();
    expect(follower.parts.ended).toBeGreaterThan(2);
    expect(follower.parts.all).toBe(follower.parts.ended);
    await agree(follower);
    await run(`CREATE TABLE loose_${table} (id INT) ENGINE=MyISAM`);
    await run(`INSERT INTO ${table} (id) SELECT seq FROM seq_10001_to_11500`);
    await run(`BEGIN; INSERT INTO ${table} (id) SELECT seq FROM seq_20001_to_20100; SAVEPOINT s;
      INSERT INTO loose_${table} VALUES (1); INSERT INTO ${table} (id) SELECT seq FROM seq_30001_to_31905;
      ROLLBACK TO s; COMMIT`);
    await follower.catchUp();
    await agree(follower);
  });

  it("reads rows longer than a packet of the protocol", async () => {
    await run("SET GLOBAL max_allowed_packet=134217728; CREATE TABLE large (id INT PRIMARY KEY, b LONGBLOB)");
    const follower = await new FollowedTable(config(), "shop.large").begin();
    await run(
      "INSERT INTO large VALUES (1, REPEAT('ab', 10000000)), (2, 'small'), (3, REPEAT('c', 16777215-60))",
    );
    await follower.catchUp();
    expect(follower.changes.map((change) => "row" in change && change.row[1]?.length)).toEqual([
      40_000_002,
      12,
      2 * (16_777_215 - 60) + 2,
    ]);
  });

  it("goes on after rotations, restarts of the server and a flush of its logs", async () => {
    const { table, follower } = await followed();
    const filesBefore = (await server.run("SHOW BINARY LOGS")).length;
    for (let i = 10; i < 40; i++) {
      await run(
        `INSERT INTO ${table} VALUES (${i}, REPEAT('r', 50)); UPDATE ${table} SET v='${i}' WHERE id=1`,
      );
    }
    expect((await server.run("SHOW BINARY LOGS")).length).toBeGreaterThan(filesBefore + 1);
    await agree(await follower.catchUp());
    await run(`INSERT INTO ${table} VALUES (50, 'before')`);
    await server.restart();
    await run(
      `INSERT INTO ${table} VALUES (51, 'after'); FLUSH BINARY LOGS; DELETE FROM ${table} WHERE id=10`,
    );
    await follower.catchUp();
    expect(follower.changes.length).toBe(3);
    await agree(follower);
    await server.restart();
    await follower.catchUp();
    expect(follower.changes).toEqual([]);
  });

  it("says that changes are lost when the log was purged, or begun anew", async () => {
    const { table, follower } = await followed();
    const { follower: idle } = await followed();
    await run(
      `INSERT INTO ${table} VALUES (3, 'a'); FLUSH BINARY LOGS; INSERT INTO ${table} VALUES (4, 'b')`,
    );
    // The server keeps a file until what was committed in it is on the disk.
    const purge = async () => {
      await run("FLUSH BINARY LOGS");
      const [last] = (await server.run("SHOW MASTER STATUS"))[0] ?? [];
      const left = async () => {
        await server.run(`PURGE BINARY LOGS TO '${last}'`);
        return (await server.run("SHOW BINARY LOGS")).length;
      };
      await expect.poll(left, { timeout: 20_000 }).toBe(1);
    };
    await agree(await follower.catchUp());
    await purge();
    // Who has read everything loses nothing by it.
    await follower.catchUp();
    expect(await code(idle.catchUp())).toBe("changes_lost");
    await run(`INSERT INTO ${table} VALUES (5, 'c')`);
    await purge();
    expect(await code(follower.catchUp())).toBe("changes_lost");
    await agree(await follower.begin());
    await server.run("RESET MASTER");
    await run(`INSERT INTO ${table} VALUES (6, 'd')`);
    expect(await code(follower.catchUp())).toBe("changes_lost");
    await run(`INSERT INTO ${table} VALUES (7, 'd')`);
    await agree(await (await follower.begin()).catchUp());
  });

  it("stops when it is told to, and leaves no session behind", async () => {
    const { table, follower } = await followed("id INT PRIMARY KEY, v VARCHAR(5000)");
    await run(`INSERT INTO ${table} (id, v) SELECT seq, REPEAT('x', 4000) FROM seq_10_to_20000`);
    const controller = new AbortController();
    const port = mysqlConnector.follow as NonNullable<typeof mysqlConnector.follow>;
    const opened = await port.changes(
      { tenant: "t", config: config() },
      {
        ...{ table: `shop.${table}`, name: "n", from: follower.position, shape: follower.shape },
        signal: controller.signal,
      },
    );
    let seen = 0;
    const reading = (async () => {
      for await (const { changes } of opened.batches) {
        seen += changes.length;
        controller.abort(new Error("given up"));
      }
    })();
    await expect(reading).rejects.toThrow("given up");
    expect(seen).toBeLessThan(19_000);
    await opened.close();
    await expect
      .poll(
        async () => (await server.run("SHOW PROCESSLIST")).filter((row) => row[4] === "Binlog Dump").length,
        {
          timeout: 20_000,
        },
      )
      .toBe(0);
    await agree(await follower.catchUp());
  });
});
