import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Pool } from "undici";
import { newDataDir, removeDataDir, startApp } from "../e2e/app.ts";
import { figuresOf, pairedRatio } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const CONNECTIONS = 16;
const SECONDS = 3;
const ROUNDS = 5;

/** An HTTP server with nothing behind it, in a process of its own: what Node itself can do here. */
const BARE = `require("node:http").createServer((q, s) => s.setHeader("content-type", "application/json").end("{}"))
  .listen(0, "127.0.0.1", function () { console.log(this.address().port) })`;

type Subject = { origin: string; path: string; headers: Record<string, string> };
type Load = { perSecond: number; latencies: number[] };

/** Requests a second: bare Node, the emptiest route of ours, and one that authenticates a key and reads the database. */
export default async function http(): Promise<BenchResult> {
  const dataDir = newDataDir();
  const app = await startApp(dataDir);
  const bare = spawn(process.execPath, ["-e", BARE], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [port] = await once(bare.stdout, "data");
    const key = readFileSync(path.join(dataDir, "dev-key"), "utf8").trim();
    const subjects: Record<string, Subject> = {
      "bare node:http": { origin: `http://127.0.0.1:${String(port).trim()}`, path: "/", headers: {} },
      "GET /healthz": { origin: app.url, path: "/healthz", headers: {} },
      "GET /api/v1/me": { origin: app.url, path: "/api/v1/me", headers: { authorization: `Bearer ${key}` } },
    };
    const loads: Record<string, Load[]> = {};
    for (const subject of Object.values(subjects)) await load(subject, 1);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, subject] of Object.entries(subjects)) {
        loads[name] ??= [];
        loads[name].push(await load(subject, SECONDS));
      }
    }
    return resultOf(loads);
  } finally {
    bare.kill();
    await app.stop();
    removeDataDir(dataDir);
  }
}

async function load(subject: Subject, seconds: number): Promise<Load> {
  const pool = new Pool(subject.origin, { connections: CONNECTIONS, pipelining: 1 });
  const latencies: number[] = [];
  const since = performance.now();
  const until = since + seconds * 1000;
  const one = async () => {
    while (performance.now() < until) {
      const begin = performance.now();
      const { statusCode, body } = await pool.request({ ...subject, method: "GET" });
      await body.dump();
      if (statusCode !== 200) throw new Error(`${subject.path} answered ${statusCode}`);
      latencies.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  const took = (performance.now() - since) / 1000;
  await pool.close();
  return { perSecond: latencies.length / took, latencies };
}

function resultOf(loads: Record<string, Load[]>): BenchResult {
  const rates = (name: string) => (loads[name] ?? []).map(({ perSecond }) => perSecond);
  const yardstick = rates("GET /healthz");
  const rows = Object.entries(loads).map(([name, each]) => {
    const rate = figuresOf(rates(name));
    const latency = figuresOf(each.flatMap(({ latencies }) => latencies));
    const ratio = pairedRatio(rates(name), yardstick);
    return [
      name,
      Math.round(rate.median),
      `${Math.round(rate.min)}–${Math.round(rate.max)}`,
      latency.median,
      latency.p99,
      `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`,
    ];
  });
  return {
    about: `Requests over ${CONNECTIONS} kept-alive connections, ${ROUNDS} rounds of ${SECONDS} s each in turn, client and server on the same processors, embedded database. The yardstick is the emptiest route of ours.`,
    columns: ["subject", "requests/s", "spread", "median ms", "p99 ms", "× GET /healthz"],
    rows,
  };
}
