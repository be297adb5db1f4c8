import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import mysql from "mysql2/promise";
import { freePort } from "../services.ts";

const PROGRAMS = { server: "/usr/sbin/mariadbd", install: "/usr/bin/mariadb-install-db" };
const START_MS = 60_000;

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
  const runAs = process.getuid?.() === 0 ? unprivileged() : undefined;
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-mariadb-"));
  const own = (file: string) => runAs && chownSync(file, runAs.uid, runAs.gid);
  own(folder);
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    own(file);
    return file;
  };
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const data = path.join(folder, "data");
    mkdirSync(data);
    own(data);
    const install = ["--no-defaults", `--datadir=${data}`, "--skip-test-db", "--skip-name-resolve"];
    execFileSync(PROGRAMS.install, [...install, "--auth-root-authentication-method=normal"], {
      ...runAs,
      cwd: folder,
      stdio: "pipe",
    });
    const password = randomBytes(12).toString("hex");
    const first = write("first.sql", FIRST.replace("PASSWORD", password));
    const port = await freePort();
    const given = [
      ...["--no-defaults", `--datadir=${data}`, `--socket=${path.join(folder, "socket")}`, `--port=${port}`],
      ...["--bind-address=127.0.0.1", "--binlog-format=ROW", "--log-bin", "--server-id=1"],
      ...[
        "--sync-frm=0",
        "--innodb-flush-method=nosync",
        "--skip-name-resolve",
        "--character-set-server=utf8mb4",
        "--innodb-flush-log-at-trx-commit=0",
      ],
      ...[`--init-file=${first}`, `--pid-file=${path.join(folder, "pid")}`],
      ...settings.map((setting) => `--${setting}`),
    ];
    if (tls) {
      given.push("--ssl", `--ssl-cert=${write("server.crt", tls.cert)}`);
      given.push(`--ssl-key=${write("server.key", tls.key)}`);
    }
    const server = spawn(PROGRAMS.server, given, {
      ...runAs,
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const onExit = () => server.kill("SIGKILL");
    process.once("exit", onExit);
    await untilReady(server);
    const who = { host: "127.0.0.1", port, user: "penstock", password };
    const ssl = tls && { rejectUnauthorized: false };
    const stop = async () => {
      process.removeListener("exit", onExit);
      await end(server);
      remove();
    };
    return {
      ...who,
      pid: server.pid ?? 0,
      run: (sql, database) => run({ ...who, ...(ssl && { ssl }) }, sql, database),
      stop,
    };
  } catch (error) {
    remove();
    throw error;
  }
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

/** Resolves when the server says in its log that it takes connections. */
function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => fail("did not start in time"), START_MS);
    const fail = (why: string) => {
      clearTimeout(timer);
      server.kill("SIGKILL");
      reject(new Error(`MariaDB ${why}:\n${said}`));
    };
    const ended = () => fail("ended at once");
    server.once("exit", ended);
    server.stdout?.resume();
    server.stderr?.on("data", (chunk) => {
      if (said.length < 100_000) said += String(chunk);
      if (!said.includes("ready for connections")) return;
      clearTimeout(timer);
      server.off("exit", ended);
      resolve();
    });
  });
}

function end(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once("exit", () => resolve());
    server.kill("SIGKILL");
  });
}

function unprivileged(): { uid: number; gid: number } {
  for (const name of ["mysql", "nobody"]) {
    try {
      const id = (flag: string) => Number(execFileSync("id", [flag, name], { stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user on this machine; the next one may exist.
    }
  }
  throw new Error("MariaDB does not run as root, and there is neither a user mysql nor nobody");
}
