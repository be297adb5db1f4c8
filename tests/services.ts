import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";

const INSTALLED = "/usr/lib/postgresql";
const START_MS = 60_000;

/** A running PostgreSQL of our own. */
export type PostgresServer = {
  /** A superuser's connection string to the database `postgres`. */
  url: string;
  host: string;
  port: number;
  user: string;
  password: string;
  /** The server's process, for tests that kill it. */
  pid: number;
  /** The connection string of another database on the same server. */
  databaseUrl: (name: string) => string;
  createDatabase: (name: string, template?: string) => Promise<void>;
  stop: () => Promise<void>;
};

/** The folder with the newest installed PostgreSQL's programs, if there is one. */
export function findPostgres(): string | undefined {
  if (!existsSync(INSTALLED)) return undefined;
  return readdirSync(INSTALLED)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(INSTALLED, version, "bin"))
    .find((folder) => existsSync(path.join(folder, "initdb")));
}

/** Whether that PostgreSQL has an extension that could be created in it. */
export function hasPostgresExtension(name: string): boolean {
  const version = path.basename(path.dirname(findPostgres() ?? "/none/none"));
  return existsSync(path.join("/usr/share/postgresql", version, "extension", `${name}.control`));
}

/**
 * Starts a PostgreSQL in a temporary folder on a free loopback port, with logical decoding on, as a user without
 * privileges when we are root (the server refuses to run as root).
 * @param durable keep fsync on, for measurements.
 * @param tls a certificate and its key in PEM, to offer encryption with.
 * @param hba lines of pg_hba.conf that stand before those of initdb.
 * @throws Error if it is not installed or does not come up.
 */
export async function startPostgres({
  durable = false,
  tls,
  hba = [],
}: {
  durable?: boolean;
  tls?: { cert: string; key: string };
  hba?: string[];
} = {}): Promise<PostgresServer> {
  const programs = findPostgres();
  if (!programs) throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  const runAs = process.getuid?.() === 0 ? unprivileged() : undefined;
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-postgres-"));
  const password = randomBytes(12).toString("hex");
  const passwordFile = path.join(folder, "password");
  writeFileSync(passwordFile, password);
  if (runAs) for (const each of [folder, passwordFile]) chownSync(each, runAs.uid, runAs.gid);
  const data = path.join(folder, "data");
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const initialize = ["-D", data, "-U", "penstock", "-A", "scram-sha-256", `--pwfile=${passwordFile}`];
    execFileSync(path.join(programs, "initdb"), [...initialize, "-E", "UTF8", "--locale=C.UTF-8", "-N"], {
      ...runAs,
      cwd: folder,
      stdio: "pipe",
    });
    const rules = path.join(data, "pg_hba.conf");
    if (hba.length > 0) writeFileSync(rules, `${hba.join("\n")}\n${readFileSync(rules, "utf8")}`);
    const port = await freePort();
    const given = serverArguments(data, folder, port, durable);
    if (tls) given.push(...tlsArguments(folder, tls, runAs));
    const server = spawn(path.join(programs, "postgres"), given, {
      ...runAs,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const onExit = () => server.kill("SIGKILL");
    process.once("exit", onExit);
    await untilReady(server);
    return describeServer(server, port, password, async () => {
      process.removeListener("exit", onExit);
      await end(server);
      remove();
    });
  } catch (error) {
    remove();
    throw error;
  }
}

/** A port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

function serverArguments(data: string, sockets: string, port: number, durable: boolean): string[] {
  const settings = ["wal_level=logical", "listen_addresses=127.0.0.1", "max_connections=100"];
  if (!durable) settings.push("fsync=off", "synchronous_commit=off", "full_page_writes=off");
  return ["-D", data, "-k", sockets, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
}

/** The server reads its key only from a file of its own that nobody else may read. */
function tlsArguments(
  folder: string,
  { cert, key }: { cert: string; key: string },
  runAs: { uid: number; gid: number } | undefined,
): string[] {
  const files = { cert: path.join(folder, "server.crt"), key: path.join(folder, "server.key") };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key, { mode: 0o600 });
  if (runAs) for (const file of Object.values(files)) chownSync(file, runAs.uid, runAs.gid);
  const settings = ["ssl=on", `ssl_cert_file=${files.cert}`, `ssl_key_file=${files.key}`];
  return settings.flatMap((setting) => ["-c", setting]);
}

function describeServer(
  server: ChildProcess,
  port: number,
  password: string,
  stop: () => Promise<void>,
): PostgresServer {
  const databaseUrl = (name: string) => `postgres://penstock:${password}@127.0.0.1:${port}/${name}`;
  const url = databaseUrl("postgres");
  const createDatabase = async (name: string, template = "template0") => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(`create database "${name}" template "${template}"`);
    } finally {
      await client.end();
    }
  };
  const who = { host: "127.0.0.1", port, user: "penstock", password, pid: server.pid ?? 0 };
  return { url, ...who, databaseUrl, createDatabase, stop };
}

/** Resolves when the server says in its log that it takes connections. */
function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => fail("did not start in time"), START_MS);
    const fail = (why: string) => {
      clearTimeout(timer);
      server.kill("SIGKILL");
      reject(new Error(`PostgreSQL ${why}:\n${said}`));
    };
    const ended = () => fail("ended at once");
    server.once("exit", ended);
    server.stderr?.on("data", (chunk) => {
      if (said.length < 10_000) said += String(chunk);
      if (!said.includes("ready to accept connections")) return;
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
    // SIGINT is the server's fast shutdown: it ends the sessions that are open.
    server.kill("SIGINT");
  });
}

function unprivileged(): { uid: number; gid: number } {
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) => Number(execFileSync("id", [flag, name], { stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user on this machine; the next one may exist.
    }
  }
  throw new Error("PostgreSQL does not run as root, and there is neither a user postgres nor nobody");
}
