import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import pg from "pg";
import { Pool } from "undici";
import { limits } from "#lib/limits.ts";
import { putKey, serve } from "#tests/serve.ts";
import { startPostgres } from "#tests/services.ts";
import { newDataDir } from "../e2e/app.ts";
import { figuresOf } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const flag = (name: string, otherwise: number) =>
  Number(process.argv.find((given) => given.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);
/** Conversations under way; the last few are for what is measured at the full size. */
const LIVE = flag("sessions", limits.setupSessions);
const PER_TENANT = limits.setupSessionsPerTenant;
const CLIENTS = 8;
const SAMPLES = flag("samples", 200);
const SESSIONS = "/api/v1/agents/ingestion/sessions";

/** As many conversations as a deployment takes, each with a connector chosen: what they cost, and whether others feel it. */
export default async function setupSessions(): Promise<BenchResult> {
  const dataDir = newDataDir();
  const postgres = await startPostgres({ durable: true });
  try {
    await postgres.createDatabase("bench");
    const url = postgres.databaseUrl("bench");
    const served = await serve({
      PENSTOCK_DATA_DIR: dataDir,
      PENSTOCK_LOG_LEVEL: "warn",
      DATABASE_URL: url,
      PENSTOCK_SECRET_KEY: "only for a bench, and long enough for one",
    });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await measure(`http://127.0.0.1:${served.port}`, served.pid, url, client);
    } finally {
      await client.end();
      await served.stop();
    }
  } finally {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function measure(origin: string, pid: number, url: string, client: pg.Client): Promise<BenchResult> {
  const pool = new Pool(origin, { connections: CLIENTS, pipelining: 1 });
  const send = async (key: string, method: "GET" | "POST", path: string, body?: unknown) => {
    const since = performance.now();
    const answer = await pool.request({
      ...{ method, path },
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${path} answered ${answer.statusCode}: ${text}`);
    return { ms: performance.now() - since, data: JSON.parse(text) as Record<string, string> };
  };
  const keys: string[] = [];
  const tenants = Math.ceil(LIVE / (PER_TENANT - SAMPLES));
  for (let at = 0; at < tenants; at++) {
    const tenant = `t_bench_${at}`;
    await client.query(`insert into "Tenant" ("id", "name") values ($1, $1)`, [tenant]);
    await client.query(`insert into "TenantSetting" ("tenantId", "updatedAt") values ($1, now())`, [tenant]);
    keys.push(await putKey(url, tenant));
  }
  const rows: (string | number)[][] = [];
  let made = 0;
  const grow = async (to: number) => {
    const one = async () => {
      while (made < to) {
        const key = keys[made++ % keys.length] as string;
        const { data } = await send(key, "POST", SESSIONS);
        await send(key, "POST", `${SESSIONS}/${data.session_id}/chat`, { message: "postgres" });
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, one));
  };
  const at = async (size: number) => {
    await grow(size - SAMPLES);
    const times: Record<"create" | "chat" | "list", number[]> = { create: [], chat: [], list: [] };
    for (let count = 0; count < SAMPLES; count++) {
      const key = keys[made++ % keys.length] as string;
      const created = await send(key, "POST", SESSIONS);
      times.create.push(created.ms);
      const path = `${SESSIONS}/${created.data.session_id}/chat`;
      times.chat.push((await send(key, "POST", path, { message: "postgres" })).ms);
      times.list.push((await send(key, "GET", `${SESSIONS}?limit=20`)).ms);
    }
    const { rows: sizes } = await client.query<{ live: number; rows: number; mb: number }>(`
      select (select count(*)::int from "SetupSession" where "expiresAt" > now()) as live,
        (select count(*)::int from "SetupMessage") as rows,
        (pg_total_relation_size('"SetupSession"') + pg_total_relation_size('"SetupMessage"')) / 1048576.0 as mb`);
    const of = (name: keyof typeof times) => figuresOf(times[name]);
    rows.push([
      sizes[0]?.live ?? 0,
      sizes[0]?.rows ?? 0,
      Number(sizes[0]?.mb ?? 0),
      await residentMegabytes(pid),
      ...(["create", "chat", "list"] as const).flatMap((name) => [of(name).median, of(name).p99]),
    ]);
  };
  try {
    for (const share of [0.05, 0.5, 1]) await at(Math.round(LIVE * share));
  } finally {
    await pool.close();
  }
  return {
    about: `Conversations under way in one deployment, one message each, over HTTP on PostgreSQL (fsync on): rows, what they take in the database, memory of the server's process, and the time of one request in ms (${SAMPLES} of each, one at a time) at that size.`,
    columns: [
      ...["live", "messages", "MB in the database", "MB of the server"],
      ...["create p50", "p99", "chat p50", "p99", "list p50", "p99"],
    ],
    rows,
    notes: ["A conversation that nobody speaks in takes rows and no memory of the process."],
  };
}

/** Memory that a process holds, in MB, as Linux tells it. */
async function residentMegabytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? Number.NaN) / 1024);
}
