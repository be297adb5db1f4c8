import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const START_MS = 60_000;
const ROOT = path.resolve(import.meta.dirname, "..");

/** One running Penstock: the built application, served by the real server over a data folder of its own. */
export type App = {
  url: string;
  /** Signs the administrator in, once. */
  signInUrl: string;
  dataDir: string;
  /** A folder that pipelines may read. */
  files: string;
  /** Everything the server has written so far. */
  log: () => string;
  /** A request as a program makes it, with the key that `npm start` writes for curl. */
  api: (path: string, init?: RequestInit) => Promise<Response>;
  /** Ends the server and waits for its end. The data stay. */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>;
};

/** Starts the server on a free port. @param dataDir data of an earlier start; without it a new, empty folder. */
export async function startApp(dataDir = newDataDir()): Promise<App> {
  const env = {
    ...process.env,
    NODE_ENV: "production",
    PORT: "0",
    PENSTOCK_DATA_DIR: dataDir,
    PENSTOCK_LOG_LEVEL: "warn",
  } as NodeJS.ProcessEnv;
  const server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "server.ts"], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const onExit = () => server.kill("SIGKILL");
  process.once("exit", onExit);
  let log = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream.on("data", (chunk) => {
      log += String(chunk);
    });
  }
  const signInUrl = await untilPrinted(server, /Sign in[^\n]*: (\S+)/, () => log);
  const url = new URL(signInUrl).origin;
  const key = readFileSync(path.join(dataDir, "dev-key"), "utf8").trim();
  return {
    url,
    signInUrl,
    dataDir,
    files: path.join(dataDir, "files"),
    log: () => log,
    api: (at, init = {}) =>
      fetch(new URL(at, url), {
        ...init,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...init.headers },
      }),
    stop: async (signal = "SIGTERM") => {
      process.removeListener("exit", onExit);
      return ended(server, signal);
    },
  };
}

/** An empty data folder. */
export function newDataDir(): string {
  return mkdtempSync(path.join(tmpdir(), "penstock-e2e-"));
}

/** Removes what {@link newDataDir} made. */
export function removeDataDir(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
}

function untilPrinted(server: ChildProcess, pattern: RegExp, log: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail("did not start in time"), START_MS);
    const fail = (why: string) => {
      clearTimeout(timer);
      server.kill("SIGKILL");
      reject(new Error(`The server ${why}:\n${log()}`));
    };
    const onEnd = () => fail("ended at once");
    const look = () => {
      const found = pattern.exec(log())?.[1];
      if (!found) return;
      clearTimeout(timer);
      server.off("close", onEnd);
      server.stdout?.off("data", look);
      resolve(found);
    };
    server.once("close", onEnd);
    server.stdout?.on("data", look);
  });
}

function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve(server.exitCode);
    server.once("exit", (code) => resolve(code));
    server.kill(signal);
  });
}
