import type { Destination } from "../killing/moments.ts";
import { findMariadb, startMariadb } from "../servers/mariadb.ts";
import type { MirrorSourceKind } from "./source.ts";

/** Mirrors of a MariaDB's tables. */
export const mysqlSource: MirrorSourceKind = {
  title: "MariaDB",
  installed: findMariadb,
  start: async () => {
    // Small files of the log: mirrors go on from one to the next.
    const server = await startMariadb({ settings: ["max-binlog-size=16384"] });
    await server.run("CREATE DATABASE shop CHARACTER SET utf8mb4");
    const { host, port, user: username, password, restart, stop } = server;
    const run = (sql: string) => server.run(sql, "shop");
    return {
      connector: "mysql",
      fields: { host, port, username, password, database: "shop", ssl: "prefer" },
      run,
      worked: { columns: COLUMNS, more: "" },
      change: (table, random, emptying = true) => run(transaction(table, random, emptying)),
      rows: (table) => run(`SET time_zone='+00:00'; ${comparable("mysql", table)}`),
      mirrored: comparable,
      numbers: (from, to) => `(SELECT seq AS n FROM seq_${from}_to_${to}) numbers`,
      lose: () => run("RESET MASTER"),
      lost: /no longer has the changes that were not read yet.*The table is read anew/,
      restart,
      stop,
    };
  },
};

/** A key of two, and values of types that either engine writes in its own way. */
const COLUMNS = `a INT, b VARCHAR(9), n DECIMAL(20,4), v TEXT, big LONGTEXT, j JSON, t TIMESTAMP(6) NULL, d DATETIME(3),
  x VARBINARY(16), f DOUBLE, u BIGINT UNSIGNED, e ENUM('it''s','b,c'), PRIMARY KEY (a, b)`;

function comparable(where: Destination | "mysql", table: string): string {
  const text = where === "mysql" ? "CHAR" : "varchar";
  const as = {
    mysql: {
      t: "CAST(UNIX_TIMESTAMP(t) * 1000000 AS SIGNED)",
      d: "DATE_FORMAT(d, '%Y-%m-%d %H:%i:%s.%f')",
      x: "LOWER(HEX(x))",
      f: "CAST(f * 8 AS SIGNED)",
    },
    postgres: {
      t: "(extract(epoch from t) * 1000000)::bigint",
      d: "to_char(d, 'YYYY-MM-DD HH24:MI:SS.US')",
      x: "encode(x, 'hex')",
      f: "(f * 8)::bigint",
    },
    duckdb: {
      t: "epoch_us(t)",
      d: "strftime(d, '%Y-%m-%d %H:%M:%S.%f')",
      x: "lower(hex(x))",
      f: "(f * 8)::bigint",
    },
  }[where];
  const values = ["a", "b", "n", "v", "md5(big)", "j", as.t, as.d, as.x, as.f, "u", "e"];
  const list = values.map((value, at) => `cast(${value} as ${text}) as c${at}`).join(", ");
  return `select ${list} from ${table} order by a, ${where === "postgres" ? 'b collate "C"' : "b"}`;
}

function transaction(table: string, random: () => number, emptying: boolean): string {
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
  if (emptying && random() < 0.02) return `TRUNCATE TABLE ${table}`;
  const statements = Array.from({ length: 1 + int(8) }, one);
  return `BEGIN; ${statements.join("; ")}; ${random() < 0.1 ? "ROLLBACK" : "COMMIT"}`;
}
