import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

const ROOT = path.resolve(import.meta.dirname, "..");
const START_MS = 90_000;

/** The built application, served by the real server in a process of its own. */
export type Served = {
  port: number;
  pid: number;
  /** Everything it has written so far. */
  log: () => string;
  /** Ends it and waits for its end. */
  stop: (signal?: NodeJS.Signals) => Promise<void>;
};

/**
 * Starts `server.ts` and waits until it says that it is ready.
 * @param env names its database (`DATABASE_URL`) or the folder of its own (`PENSTOCK_DATA_DIR`).
 * @param flags for Node, before the script. @throws Error with what it said if it does not start.
 */
export async function serve(env: Record<string, string>, flags: string[] = []): Promise<Served> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-served-"));
  const file = path.join(folder, "log");
  const out = openSync(file, "w");
  const server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...flags, "server.ts"], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: "production", PORT: "0", PENSTOCK_WORKER: "off", ...env },
    stdio: ["ignore", out, out],
  });
  closeSync(out);
  const onExit = () => server.kill("SIGKILL");
  process.once("exit", onExit);
  const log = () => readFileSync(file, "utf8");
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    process.removeListener("exit", onExit);
    await end(server, signal);
    rmSync(folder, { recursive: true, force: true });
  };
  const until = performance.now() + START_MS;
  for (;;) {
    const port = Number(/Penstock is ready at \S+:(\d+)/.exec(log())?.[1]);
    if (port) return { port, pid: server.pid ?? 0, log, stop };
    if (server.exitCode !== null || server.signalCode !== null || performance.now() > until) {
      const said = log();
      await stop("SIGKILL");
      throw new Error(`The server did not start:\n${said}`);
    }
    await delay(20);
  }
}

/** Puts an administrator's key of a tenant into a database, past the product. @returns its secret. */
export async function putKey(url: string, tenant = "t_demo"): Promise<string> {
  const secret = `pk_${randomBytes(24).toString("base64url")}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const hash = createHash("sha256").update(secret).digest("hex");
  await client.query(
    `insert into "ApiKey" ("id", "tenantId", "name", "prefix", "hash", "roles", "tenants", "createdBy")
     values ($1, $2, 'Test', $3, $4, '{ROLE_ADMIN,ROLE_AGENT}', array[$2], 'test')`,
    [randomBytes(8).toString("hex"), tenant, secret.slice(0, 9), hash],
  );
  await client.end();
  return secret;
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((done) => server.once("exit", done));
  server.kill(signal);
  await ended;
}
