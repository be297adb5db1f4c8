import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { randomOf } from "#tests/change-workload.ts";
import { type IrNode, openPlanLab, type PlanLab } from "#tests/plan-kit.ts";
import { findMariadb, type MariadbServer, startMariadb } from "#tests/servers/mariadb.ts";

const url = inject("postgresUrl");

/** A key of two, and values of types that either engine writes in its own way. */
const WORKED = `a INT, b VARCHAR(9), n DECIMAL(20,4), v TEXT, big LONGTEXT, j JSON, t TIMESTAMP(6) NULL, d DATETIME(3),
  x VARBINARY(16), f DOUBLE, u BIGINT UNSIGNED, e ENUM('it''s','b,c'), PRIMARY KEY (a, b)`;

/** Every value of that table as text that all three write alike, in order of the key. */
function comparable(kind: "duckdb" | "postgres" | "mysql", table: string): string {
  const ways = {
    mysql: `CAST(UNIX_TIMESTAMP(t) * 1000000 AS SIGNED), DATE_FORMAT(d, '%Y-%m-%d %H:%i:%s.%f'), LOWER(HEX(x)), CAST(f * 8 AS SIGNED), j`,
    postgres: `(extract(epoch from t) * 1000000)::bigint, to_char(d, 'YYYY-MM-DD HH24:MI:SS.US'), encode(x, 'hex'), (f * 8)::bigint, j::text`,
    duckdb: `epoch_us(t), strftime(d, '%Y-%m-%d %H:%M:%S.%f'), lower(hex(x)), (f * 8)::bigint, j::varchar`,
  };
  const [t, d, x, f, j] = ways[kind].split(/, (?![^(]*\))/);
  const text = kind === "mysql" ? "CHAR" : "varchar";
  const order = kind === "postgres" ? 'b collate "C"' : "b";
  return `select a as c0, b as c1, cast(n as ${text}) as c2, v as c3, md5(big) as c4, ${t} as c5, ${d} as c6, ${x} as c7,
    ${f} as c8, cast(u as ${text}) as c9, e as c10, ${j} as c11 from ${table} order by a, ${order}`;
}

/** One transaction of some random changes; a few are rolled back. */
function transaction(table: string, random: () => number): string {
  const int = (below: number) => Math.floor(random() * below);
  const key = () => `a = ${int(40)} and b = '${"xyz"[int(3)]}'`;
  const value = () =>
    [
      `n = ${int(2) ? "NULL" : (random() * 1e6 - 5e5).toFixed(4)}`,
      `v = ${["NULL", "''", "'plain'", `'a "quoted", \\\\ line\\n${int(9)} 😀'`][int(4)]}`,
      `big = ${int(4) ? "REPEAT(MD5(RAND()), 60)" : "NULL"}`,
      `j = '{"k": [${int(9)}, "é"]}'`,
      `t = FROM_UNIXTIME(${int(2 ** 31 - 1)}.${100_000 + int(899_999)})`,
      `d = '${1000 + int(8999)}-02-28 23:59:59.${100 + int(899)}'`,
      `x = UNHEX(MD5('${int(99)}'))`,
      `f = ${(int(2 ** 20) - 2 ** 19) / 8}`,
      `u = 18446744073709551615 - ${int(99)}`,
      `e = ${int(3) || "NULL"}`,
    ][int(10)];
  const one = (): string => {
    const dice = random();
    if (dice < 0.35)
      return `INSERT IGNORE INTO ${table} (a, b, n, v) VALUES (${int(40)}, '${"xyz"[int(3)]}', ${int(99)}.5, 'new')`;
    if (dice < 0.4)
      return `INSERT IGNORE INTO ${table} (a, b, v) SELECT seq, 'many', 'of one statement' FROM seq_0_to_${int(30)}`;
    if (dice < 0.45) return `REPLACE INTO ${table} (a, b, v) VALUES (${int(40)}, 'x', 'replaced')`;
    if (dice < 0.7) return `UPDATE ${table} SET ${value()} WHERE ${key()}`;
    if (dice < 0.76) return `UPDATE ${table} SET ${value()} WHERE a < ${int(40)}`;
    if (dice < 0.82) return `UPDATE IGNORE ${table} SET a = a + 1000 WHERE ${key()}`;
    if (dice < 0.86) return `UPDATE IGNORE ${table} SET a = a - 1000, ${value()} WHERE a >= 1000`;
    if (dice < 0.97) return `DELETE FROM ${table} WHERE ${key()}`;
    return `SAVEPOINT s; DELETE FROM ${table}; ROLLBACK TO s`;
  };
  if (random() < 0.02) return `TRUNCATE TABLE ${table}`;
  const statements = Array.from({ length: 1 + int(8) }, one);
  return `BEGIN; ${statements.join("; ")}; ${random() < 0.1 ? "ROLLBACK" : "COMMIT"}`;
}

describe.skipIf(!url || !findMariadb())("a mirror of a MariaDB table", () => {
  let server: MariadbServer;
  const labs: PlanLab[] = [];
  let count = 0;

  beforeAll(async () => {
    server = await startMariadb({ settings: ["max-binlog-size=16384"] });
    await server.run("CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE DATABASE other");
    labs.push(openPlanLab(), openPlanLab(url));
  }, 90_000);
  afterAll(async () => {
    for (const lab of labs) await lab.close();
    await server?.stop();
  }, 90_000);

  /** A table at the source, a mirror of it, and a way to bring the one to the other. */
  async function mirrored(kind: PlanLab["kind"], columns: string, fill = "", more: IrNode = {}) {
    const lab = labs.find((each) => each.kind === kind) as PlanLab;
    const table = `shop.m${++count}`;
    await server.run(`CREATE TABLE ${table} (${columns}); ${fill.replaceAll("TABLE", table)}`);
    const into = lab.table();
    const id = `out${count}`;
    const { host, port, user: username, password } = server;
    const config = { host, port, username, password, database: "shop", ssl: "prefer" };
    const source = {
      ...{ id: "src", kind: "source", config: { stream: table, syncMode: "full_refresh" } },
      ...lab.saved("mysql", config),
    };
    const nodes = [source, lab.target("src", into, { loadMode: "cdc_mirror", ...more }, id)];
    const run = async (options: Parameters<PlanLab["run"]>[1] = {}) => {
      const ran = await lab.run(nodes, options);
      return { ...ran, counts: ran.ledger.nodes[id] };
    };
    return { lab, table, into, run };
  }

  async function expectEqual(lab: PlanLab, table: string, into: string): Promise<number> {
    const text = (value: unknown) => (value === null ? null : String(value));
    const source = await server.run(`SET time_zone='+00:00'; ${comparable("mysql", table)}`);
    const mirror = await lab.query(comparable(lab.kind, into));
    expect(mirror.map((row) => Array.from({ length: 12 }, (_, i) => text(row[`c${i}`])))).toEqual(source);
    return source.length;
  }

  describe.each(["duckdb", "postgres"] as const)("in %s", (kind) => {
    test("begins with all rows, and goes on with the changes", async () => {
      const fill = "INSERT INTO TABLE VALUES (1, 'a'), (2, NULL), (3, '')";
      const { lab, table, into, run } = await mirrored(kind, "id INT PRIMARY KEY, v TEXT", fill);
      expect(await run()).toMatchObject({
        status: "completed",
        warnings: [],
        ledger: { balanced: true, read: 3, loaded: 3 },
        counts: { in: 3, inserted: 3 },
      });
      expect(await run()).toMatchObject({ status: "completed", ledger: { balanced: true, read: 0 } });
      await server.run(`INSERT INTO ${table} VALUES (4, 'd'), (5, 'e'); UPDATE ${table} SET v = 'A' WHERE id = 1;
        UPDATE ${table} SET id = 20 WHERE id = 2; DELETE FROM ${table} WHERE id IN (3, 5)`);
      expect(await run()).toMatchObject({
        ...{ status: "completed", warnings: [], ledger: { balanced: true } },
        counts: { in: 7, inserted: 2, updated: 1, deleted: 2, unchanged: 0, deduplicated: 2 },
      });
      expect(await lab.rows(into)).toEqual([
        { id: 1, v: "A" },
        { id: 4, v: "d" },
        { id: 20, v: null },
      ]);
      await server.run(`TRUNCATE ${table}; INSERT INTO ${table} VALUES (1, 'again')`);
      expect(await run()).toMatchObject({
        ledger: { balanced: true },
        counts: { in: 4, inserted: 1, deleted: 3 },
      });
      expect(await lab.rows(into)).toEqual([{ id: 1, v: "again" }]);
    });

    test("random changes, runs that are cancelled, a server that is restarted, and the same in the end", async () => {
      const seed = Math.floor(Math.random() * 2 ** 32);
      const random = randomOf(seed);
      const { lab, table, into, run } = await mirrored(kind, WORKED);
      let rows = 0;
      for (let round = 0; round < 15; round++) {
        await server.run(Array.from({ length: 10 }, () => transaction(table, random)).join("; "), "shop");
        if (round % 6 === 3) await server.restart();
        // Some runs meet a server that goes away, some are cancelled; the next one goes on from what they left.
        const away = round % 6 === 5;
        const signal = !away && random() < 0.4 ? AbortSignal.timeout(Math.floor(random() * 250)) : undefined;
        const running = run({ signal }).catch((error: unknown) => {
          if (!signal?.aborted) throw error;
        });
        if (away) await server.restart();
        const ran = await running;
        if (!ran) continue;
        if (away && ran.status === "failed") {
          expect({ seed, round, ...ran }).toMatchObject({ error: { retryable: true } });
          continue;
        }
        expect({ seed, round, ...ran }).toMatchObject({
          ...{ status: "completed", warnings: [], ledger: { balanced: true } },
        });
        if (round % 4 === 2) rows += await expectEqual(lab, table, into);
      }
      expect(await run()).toMatchObject({ status: "completed", warnings: [], ledger: { balanced: true } });
      expect(rows + (await expectEqual(lab, table, into))).toBeGreaterThan(20);
    }, 180_000);

    test("a transaction of more changes than are applied at once", async () => {
      const { lab, table, into, run } = await mirrored(kind, "id INT PRIMARY KEY, v TEXT, n INT");
      await run();
      await server.run(
        `BEGIN; INSERT INTO ${table} SELECT seq, REPEAT('x', 50), 0 FROM seq_1_to_150000;
        UPDATE ${table} SET n = 1 WHERE id % 3 = 0; DELETE FROM ${table} WHERE id % 2 = 0;
        UPDATE ${table} SET id = -id; COMMIT`,
        "shop",
      );
      expect(await run()).toMatchObject({
        status: "completed",
        ledger: { balanced: true, read: 150_000 + 50_000 + 75_000 + 2 * 75_000 },
      });
      const sums = `select cast(count(*) as int) as n, cast(sum(n) as int) as ns from ${into}`;
      expect(await lab.query(sums)).toEqual([{ n: 75_000, ns: 25_000 }]);
    }, 90_000);

    test("what the log does not tell is read anew, whole, and said", async () => {
      const fill = "INSERT INTO TABLE VALUES (1, 'a')";
      const { lab, table, into, run } = await mirrored(kind, "id INT PRIMARY KEY, v TEXT", fill);
      await run();
      await server.run(
        `INSERT INTO ${table} VALUES (2, 'b'); RESET MASTER; INSERT INTO ${table} VALUES (3, 'c')`,
      );
      expect(await run()).toMatchObject({
        ...{ status: "completed", warnings: [{ code: "changes_lost" }], counts: { in: 3, inserted: 3 } },
      });
      await server.run(`ALTER TABLE ${table} ADD COLUMN w INT DEFAULT 7`);
      expect(await run()).toMatchObject({ status: "completed", warnings: [{ code: "table_changed" }, {}] });
      await server.run(`INSERT INTO ${table} VALUES (4, 'd', 8); ALTER TABLE ${table} ADD note TEXT;
        UPDATE ${table} SET note = 'new' WHERE id = 1`);
      expect(await run()).toMatchObject({ status: "completed", counts: { in: 2, inserted: 1, updated: 1 } });
      expect(await lab.rows(into)).toEqual([
        { id: 1, v: "a", w: 7, note: "new" },
        { id: 2, v: "b", w: 7, note: null },
        { id: 3, v: "c", w: 7, note: null },
        { id: 4, v: "d", w: 8, note: null },
      ]);
    });
  });
});
