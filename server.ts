import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import next from "next";
import { firstRun } from "#lib/auth/index.ts";
import { closeDatabase, getDb, openDatabase } from "#lib/db.ts";
import { env, publicUrl, settlePort } from "#lib/env.ts";
import { messageOf } from "#lib/errors.ts";
import { watchBodies } from "#lib/http/index.ts";
import { keepVectors } from "#lib/ingest/index.ts";
import { limits } from "#lib/limits.ts";
import { embeddingFromEnv } from "#lib/model/index.ts";
import { keepNotices } from "#lib/notices/index.ts";
import { keepDecisions } from "#lib/proposals/index.ts";
import { startWorker } from "#lib/runtime/index.ts";
import { checkDeploymentKey, ensureDemoTenant } from "#lib/settings/index.ts";
import { keepSessions } from "#lib/setup/index.ts";
import { startTracing } from "#lib/tracing.ts";
import * as setupChat from "./app/api/v1/agents/ingestion/sessions/[id]/chat/route.ts";
import * as ingestEvents from "./app/v1/ingest/events/route.ts";
import { prepareDemo } from "./scripts/demo.ts";
import { fastDoor, refuseForeignMethods } from "./scripts/fast-door.ts";

/** Paths on which a framework would cost more than the work itself. */
const HOT = {
  "/v1/ingest/events": ingestEvents,
  "/api/v1/agents/ingestion/sessions/{id}/chat": setupChat,
};

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** How many ports above a taken one are tried. */
const PORTS_TRIED = 50;
/** Ctrl-C reaches this process from the terminal and from the script that started it, within this time. */
const ECHO_MS = 1_000;
/** Headers arrive within this time. */
const HEADERS_MS = 60_000;

const say = (line: string) => process.stdout.write(`${line}\n`);
let handle: Handler | undefined;
let stoppingSince = 0;
const closers: (() => Promise<unknown>)[] = [];

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(signal));
// Started by scripts/start.mjs we have a channel to it; when that process is gone, so is our reason to hold the data.
process.on("disconnect", () => stop("The starting process has gone"));

try {
  await start();
} catch (error) {
  await close().catch(() => undefined);
  fail("could not start", error);
}

async function start(): Promise<void> {
  const dev = process.argv.includes("--dev");
  // A stream of events may last for hours: what stands still is found by watching, not by a time for the whole.
  const server = createServer({ requestTimeout: 0, headersTimeout: HEADERS_MS }, (request, response) => {
    if (handle) void handle(request, response);
    else response.writeHead(503, { "retry-after": "1" }).end("Penstock is starting\n");
  });
  watchBodies(server);
  const port = await listen(server, env().PORT, env().HOST);
  settlePort(port);
  closers.push(() => drain(server));

  const stopTracing = await startTracing();
  const db = await getDb();
  closers.push(closeDatabase);
  if (stopTracing) closers.push(stopTracing);
  await checkDeploymentKey(db);
  const { signInUrl, keyFile } = (await ensureDemoTenant(db)) ? await firstRun(db) : {};

  const app = next({ dev, dir: import.meta.dirname, hostname: env().HOST, port });
  await app.prepare();
  closers.push(() => app.close());
  const embedding = embeddingFromEnv();
  if (embedding) closers.push(keepVectors({ database: await openDatabase(), embedding }).stop);
  closers.push(keepDecisions(db).stop);
  closers.push(keepSessions(db, { alone: env().embedded }).stop);
  if (env().PENSTOCK_WORKER === "inside") closers.push(keepNotices(db).stop, (await startWorker()).stop);
  const framework = refuseForeignMethods(app.getRequestHandler());
  handle = env().PENSTOCK_FAST_DOOR === "1" ? fastDoor(HOT, framework) : framework;

  if (process.argv.includes("--demo")) say(await prepareDemo(db));
  say(`Penstock is ready at ${publicUrl()}`);
  if (signInUrl) say(`Sign in (works once): ${signInUrl}`);
  if (keyFile) say(`API key for curl: ${keyFile}`);
}

/** Listens on the port or, where it is taken, on the next free one, and says so. */
async function listen(server: Server, wanted: number, host: string): Promise<number> {
  for (let port = wanted; port < wanted + PORTS_TRIED && port <= 65_535; port++) {
    const got = await tryListen(server, port, host);
    if (got === undefined) continue;
    if (wanted !== 0 && got !== wanted) say(`Port ${wanted} is taken; using ${got}`);
    return got;
  }
  throw new Error(
    `Port ${wanted} and the ${PORTS_TRIED} above it are taken. Choose another: npm start -- --port 4000`,
  );
}

function tryListen(server: Server, port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    };
    server.once("error", onError);
    server.listen(port, host, () => {
      server.off("error", onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Takes no new connections, and gives the requests under way some time to end. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), limits.drainMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** A signal ends the server in order; one more, later than a terminal's echo, ends it at once. */
function stop(why: string): void {
  if (stoppingSince) {
    if (Date.now() - stoppingSince > ECHO_MS) process.exit(130);
    return;
  }
  stoppingSince = Date.now();
  say(`${why}: finishing what is under way, then closing. Ctrl-C leaves at once.`);
  close().then(
    () => process.exit(0),
    (error) => fail("did not close cleanly", error),
  );
}

/** Closes what has been opened: the door first, then what stands behind it, the database last. */
async function close(): Promise<void> {
  const [door, database, ...rest] = closers.splice(0);
  await door?.();
  for (const each of rest.reverse()) await each();
  await database?.();
}

function fail(what: string, error: unknown): never {
  process.stderr.write(`Penstock ${what}: ${messageOf(error)}\n`);
  process.exit(1);
}
