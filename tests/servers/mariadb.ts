import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import mysql from "mysql2/promise";
import { freePort } from "../services.ts";
import { inDatabaseFolder } from "./database-folder.ts";

const PROGRAMS = { server: "/usr/sbin/mariadbd", install: "/usr/bin/mariadb-install-db" };

/** A running MariaDB of our own. */
export type MariadbServer = {
  host: string;
  port: number;
  /** An account that may do anything. */
  user: string;
  password: string;
  pid: number;
  /** Runs statements, several if need be, and answers the rows of the last one as text. */
  run: (sql: string, database?: string) => Promise<(string | null)[][]>;
  /** Shuts it down and starts it again with all that it holds, on the same port. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
};

/** True if MariaDB's programs are installed. */
export function findMariadb(): boolean {
  return existsSync(PROGRAMS.server) && existsSync(PROGRAMS.install);
}

/**
 * Starts a MariaDB in a temporary folder on a free loopback port, with a row-based change log, as a user without
 * privileges when we are root.
 * @param tls a certificate and its key in PEM; without it the server offers no encryption.
 * @param settings further settings, such as `sql_mode=ANSI_QUOTES`.
 * @throws Error if it is not installed or does not come up.
 */
export async function startMariadb({
  tls,
  settings = [],
}: {
  tls?: { cert: string; key: string };
  settings?: string[];
} = {}): Promise<MariadbServer> {
  if (!findMariadb()) throw new Error("MariaDB is not installed: apt-get install mariadb-server");
  return inDatabaseFolder("mariadb", ["mysql", "nobody"], async (home) => {
    const data = home.directory("data");
    // A server that starts removes what looks left over in the folder for temporary tables: others' too.
    const folders = [`--datadir=${data}`, `--tmpdir=${home.directory("tmp")}`];
    const install = ["--no-defaults", ...folders, "--skip-test-db", "--skip-name-resolve"];
    home.run(PROGRAMS.install, [...install, "--auth-root-authentication-method=normal"]);
    const password = randomBytes(12).toString("hex");
    const first = home.file("first.sql", FIRST.replace("PASSWORD", password));
    const port = await freePort();
    const words = [
      ...["--no-defaults", ...folders, `--socket=${path.join(home.folder, "socket")}`],
      ...[`--port=${port}`, "--bind-address=127.0.0.1", "--binlog-format=ROW", "--log-bin", "--server-id=1"],
      ...["--sync-frm=0", "--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0"],
      ...["--skip-name-resolve", "--character-set-server=utf8mb4"],
      `--pid-file=${path.join(home.folder, "pid")}`,
      ...settings.map((setting) => `--${setting}`),
    ];
    if (tls) {
      words.push("--ssl", `--ssl-cert=${home.file("server.crt", tls.cert)}`);
      words.push(`--ssl-key=${home.file("server.key", tls.key)}`);
    }
    const start = (more: string[] = []) =>
      home.start({
        program: PROGRAMS.server,
        words: [...words, ...more],
        ready: /ready for connections/,
        endWith: "SIGKILL",
      });
    let running = await start([`--init-file=${first}`]);
    const who = { host: "127.0.0.1", port, user: "penstock", password };
    const ssl = tls && { rejectUnauthorized: false };
    return {
      ...who,
      get pid() {
        return running.pid;
      },
      run: (sql, database) => run({ ...who, ...(ssl && { ssl }) }, sql, database),
      restart: async () => {
        // What it holds is on the disk only after a shutdown of its own.
        await running.end("SIGTERM");
        running = await start();
      },
      stop: () => running.stop(),
    };
  });
}

const FIRST = `DELETE FROM mysql.global_priv WHERE User = '';
FLUSH PRIVILEGES;
CREATE USER 'penstock'@'%' IDENTIFIED BY 'PASSWORD';
GRANT ALL ON *.* TO 'penstock'@'%' WITH GRANT OPTION;
`;

async function run(
  who: mysql.ConnectionOptions,
  sql: string,
  database?: string,
): Promise<(string | null)[][]> {
  const connection = await mysql.createConnection({
    ...who,
    ...(database && { database }),
    charset: "utf8mb4",
    multipleStatements: true,
    rowsAsArray: true,
    typeCast: (field) => field.string(),
  });
  try {
    const [answer, fields] = await connection.query(sql);
    const last = Array.isArray(fields?.[0]) || fields?.includes(undefined as never);
    return ((last ? (answer as unknown[]).at(-1) : answer) ?? []) as (string | null)[][];
  } finally {
    await connection.end();
  }
}
