import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { Pool } from "undici";
import { putKey, type Served, serve } from "#tests/serve.ts";
import { type PostgresServer, startPostgres } from "#tests/services.ts";
import { openShop, type Shop } from "#tests/setup-kit.ts";
import { newDataDir } from "../e2e/app.ts";
import { type Figures, figuresOf, pairedRatio } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const flag = (name: string, otherwise: number) =>
  Number(process.argv.find((given) => given.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);
const ROUNDS = flag("runs", 5);
const SECONDS = flag("seconds", 3);
/** One client that waits for each answer, and several at once. */
const CLIENTS = [1, 16];
/** A conversation ends after a thousand messages; each client goes on in another one before. */
const PER_TALK = 900;
const MESSAGES = ["help", "status"];
const SESSIONS = "/api/v1/agents/ingestion/sessions";
const ENGINES = { embedded: "embedded database", postgres: "PostgreSQL, fsync on" } as const;

type Engine = keyof typeof ENGINES;
type Ask = (client: number) => { path: string; method: "GET" | "POST"; body?: string };
type Subject = "GET /healthz" | "chat message";
type Latencies = Record<Subject, number[][]>;

/** A message to the set-up agent that has no effect outside, beside an empty route in the same server. */
export default async function setupMessage(): Promise<BenchResult> {
  const outside = await startPostgres();
  const rows: (string | number)[][] = [];
  const shop = await openShop(outside.url);
  try {
    for (const engine of Object.keys(ENGINES) as Engine[])
      await withServer(engine, async (origin, key) => {
        for (const clients of CLIENTS) {
          const measured = await measure(origin, key, shop, clients);
          rows.push(rowOf(ENGINES[engine], clients, measured));
        }
      });
  } finally {
    await shop.remove();
    await outside.stop();
  }
  return {
    about: `\`help\` and \`status\` in a conversation that chooses tables: authenticated, kept sealed, interpreted, answered, saved, and written to the event log afterwards. Beside it the emptiest App Router route, ${ROUNDS} rounds of ${SECONDS} s each in turn, client and server on the same processors. Times in ms.`,
    columns: [
      "database",
      "clients",
      "empty p50",
      "empty p99",
      "message p50",
      "message p99",
      "× p50",
      "× p99",
    ],
    rows,
  };
}

async function withServer(engine: Engine, work: (origin: string, key: string) => Promise<void>) {
  const dataDir = newDataDir();
  let postgres: PostgresServer | undefined;
  let served: Served | undefined;
  try {
    if (engine === "postgres") postgres = await startPostgres({ durable: true });
    await postgres?.createDatabase("bench");
    const url = postgres?.databaseUrl("bench");
    served = await serve({
      PENSTOCK_DATA_DIR: dataDir,
      PENSTOCK_LOG_LEVEL: "warn",
      ...(url && {
        DATABASE_URL: url,
        PENSTOCK_SECRET_KEY: "only for a bench, and long enough for one",
        PENSTOCK_OUTBOUND_ALLOW: "127.0.0.1",
      }),
    });
    const key = url ? await putKey(url) : readFileSync(path.join(dataDir, "dev-key"), "utf8").trim();
    await work(`http://127.0.0.1:${served.port}`, key);
  } finally {
    await served?.stop();
    await postgres?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function measure(origin: string, key: string, shop: Shop, clients: number): Promise<Latencies> {
  const pool = new Pool(origin, { connections: clients, pipelining: 1 });
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const send = async (ask: ReturnType<Ask>) => {
    const { statusCode, body } = await pool.request({ ...ask, headers });
    const text = await body.text();
    if (statusCode >= 300) throw new Error(`${ask.path} answered ${statusCode}: ${text}`);
    return JSON.parse(text) as Record<string, string>;
  };
  const open = async () => {
    const { session_id } = await send({ method: "POST", path: SESSIONS });
    const path = `${SESSIONS}/${session_id}/chat`;
    const say = (given: unknown) => send({ method: "POST", path, body: JSON.stringify(given) });
    await say({ message: "postgres" });
    const { state } = await say({ fields: { ...shop.fields, sslmode: "disable" } });
    if (state !== "select_streams") throw new Error(`the conversation is in ${state}`);
    return { path, said: 0 };
  };
  const talks = await Promise.all(Array.from({ length: clients }, open));
  const talkOf = async (client: number) => {
    if ((talks[client]?.said ?? PER_TALK) >= PER_TALK) talks[client] = await open();
    return talks[client] as Awaited<ReturnType<typeof open>>;
  };
  const subjects: Record<Subject, (client: number) => Promise<() => Promise<unknown>>> = {
    "GET /healthz": async () => () => send({ method: "GET", path: "/healthz" }),
    "chat message": async (client) => {
      const talk = await talkOf(client);
      const message = MESSAGES[talk.said++ % MESSAGES.length];
      return () => send({ method: "POST", path: talk.path, body: JSON.stringify({ message }) });
    },
  };
  const latencies: Latencies = { "GET /healthz": [], "chat message": [] };
  try {
    for (let round = -1; round < ROUNDS; round++)
      for (const name of Object.keys(subjects) as Subject[]) {
        const times = await load(subjects[name], clients, round < 0 ? 1 : SECONDS);
        if (round >= 0) latencies[name].push(times);
      }
  } finally {
    await pool.close();
  }
  return latencies;
}

async function load(
  prepare: (client: number) => Promise<() => Promise<unknown>>,
  clients: number,
  seconds: number,
): Promise<number[]> {
  const times: number[] = [];
  const until = performance.now() + seconds * 1000;
  const one = async (client: number) => {
    while (performance.now() < until) {
      const send = await prepare(client);
      const since = performance.now();
      await send();
      times.push(performance.now() - since);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => one(client)));
  return times;
}

function rowOf(database: string, clients: number, measured: Latencies): (string | number)[] {
  const empty = measured["GET /healthz"].map(figuresOf);
  const message = measured["chat message"].map(figuresOf);
  const all = (name: Subject) => figuresOf(measured[name].flat());
  const ratio = (of: (figures: Figures) => number) => {
    const { median, min, max } = pairedRatio(message.map(of), empty.map(of));
    return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
  };
  const [quick, said] = [all("GET /healthz"), all("chat message")];
  const times = [quick.median, quick.p99, said.median, said.p99];
  return [database, clients, ...times, ratio(({ median }) => median), ratio(({ p99 }) => p99)];
}
