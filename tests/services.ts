import { randomBytes, randomInt } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import pg from "pg";
import { inDatabaseFolder } from "./servers/database-folder.ts";

const INSTALLED = "/usr/lib/postgresql";

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
  return inDatabaseFolder("postgres", ["postgres", "nobody"], async (home) => {
    const password = randomBytes(12).toString("hex");
    const passwordFile = home.file("password", password);
    const data = path.join(home.folder, "data");
    const initialize = ["-D", data, "-U", "penstock", "-A", "scram-sha-256", `--pwfile=${passwordFile}`];
    home.run(path.join(programs, "initdb"), [...initialize, "-E", "UTF8", "--locale=C.UTF-8", "-N"]);
    const rules = path.join(data, "pg_hba.conf");
    if (hba.length > 0) writeFileSync(rules, `${hba.join("\n")}\n${readFileSync(rules, "utf8")}`);
    const port = await freePort();
    const settings = ["wal_level=logical", "listen_addresses=127.0.0.1", "max_connections=100"];
    if (!durable) settings.push("fsync=off", "synchronous_commit=off", "full_page_writes=off");
    if (tls) {
      settings.push("ssl=on", `ssl_cert_file=${home.file("server.crt", tls.cert)}`);
      settings.push(`ssl_key_file=${home.file("server.key", tls.key)}`);
    }
    const { pid, stop } = await home.start({
      program: path.join(programs, "postgres"),
      words: ["-D", data, "-k", home.folder, "-p", String(port), ...settings.flatMap((each) => ["-c", each])],
      ready: /ready to accept connections/,
      // The server's fast shutdown: it ends the sessions that are open.
      endWith: "SIGINT",
    });
    return { ...described(port, password), pid, stop };
  });
}

/**
 * A port that nobody listens on, and that nobody gets by chance later: it lies below those that the system gives to
 * connections and to servers that leave the choice to it, so that a server can also be restarted on it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

function described(port: number, password: string): Omit<PostgresServer, "pid" | "stop"> {
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
  return { url, host: "127.0.0.1", port, user: "penstock", password, databaseUrl, createDatabase };
}
