import { mkdirSync } from "node:fs";
import path from "node:path";
import { type Served, serve } from "#tests/serve.ts";
import { startPostgres } from "#tests/services.ts";
import { FOLDER } from "./ingest/environment.ts";
import { prepareDatabase, psql, withDatabase } from "./ingest/prepare-database.ts";
import { runLoad } from "./ingest/run-load.ts";
import { type Numbering, pgbench, watchStatement, writeScripts } from "./ingest/yardstick.ts";
import { figuresOf, pairedRatio } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const flag = (name: string, otherwise: number) =>
  Number(process.argv.find((given) => given.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);
const ROUNDS = flag("runs", 5);
const SECONDS = flag("seconds", 5);
const WARM_SECONDS = 3;

type Round = { perSecond: number; p50?: number; p99?: number };
const SUBJECTS = ["fast door", "App Router door", "one transaction each"] as const;
const YARDSTICKS = ["pgbench, sequence", "pgbench, locked row"] as const;
type Name = (typeof SUBJECTS)[number] | (typeof YARDSTICKS)[number];

/** Single events over 64 connections, key and fsync and all, against pgbench writing the same rows. */
export default async function ingest(): Promise<BenchResult> {
  const postgres = await startPostgres({ durable: true });
  const served: Served[] = [];
  try {
    await prepareDatabase(postgres, "watched");
    const sent = await withDatabase(postgres.databaseUrl("watched"), (_database, ctx) => watchStatement(ctx));
    const key = await prepareDatabase(postgres, "ours");
    await prepareDatabase(postgres, "yardstick");
    const env = { DATABASE_URL: postgres.databaseUrl("ours"), PENSTOCK_LOG_LEVEL: "info" };
    const start = async (more: Record<string, string> = {}, flags: string[] = []) => {
      const server = await serve({ ...env, ...more }, flags);
      served.push(server);
      return server.port;
    };
    const alone = ["--import", new URL("./ingest/group-of-one.ts", import.meta.url).href];
    const ports = {
      "fast door": await start(),
      "App Router door": await start({ PENSTOCK_FAST_DOOR: "0" }),
      "one transaction each": await start({}, alone),
    };
    const yardstick = await prepareYardstick(postgres.databaseUrl("yardstick"), sent);
    const run = async (name: Name, seconds: number): Promise<Round> =>
      name in ports
        ? runLoad({ port: ports[name as keyof typeof ports], key, seconds })
        : { perSecond: await yardstick(name.endsWith("sequence") ? "sequence" : "locked row", seconds) };
    const rounds: Partial<Record<Name, Round[]>> = {};
    const names: Name[] = [...SUBJECTS, ...YARDSTICKS];
    for (const name of names) await run(name, WARM_SECONDS);
    for (let round = 0; round < ROUNDS; round++)
      for (const name of names) {
        rounds[name] ??= [];
        rounds[name].push(await run(name, SECONDS));
      }
    return resultOf(rounds as Record<Name, Round[]>, psql(postgres.url, "-c", "show server_version").trim());
  } finally {
    for (const each of served) await each.stop();
    await postgres.stop();
  }
}

/** Both forms write into one database in turn, each above what the other has numbered. */
async function prepareYardstick(url: string, sent: Awaited<ReturnType<typeof watchStatement>>) {
  const folder = path.join(FOLDER, "scripts");
  mkdirSync(folder, { recursive: true });
  psql(url, "-c", "create sequence bench_lsn start 1000000000");
  const scripts = {
    sequence: writeScripts(sent, "sequence", folder),
    "locked row": writeScripts(sent, "locked row", folder),
  };
  return async (numbering: Numbering, seconds: number) => {
    const last = `(select coalesce(max("lsn"), 1000000000) + 1 from "Event")`;
    const move =
      numbering === "sequence"
        ? `select setval('bench_lsn', ${last})`
        : `update "LogHead" set "lsn" = greatest("lsn", ${last})`;
    psql(url, "-c", move);
    return pgbench(url, scripts[numbering], seconds);
  };
}

function resultOf(rounds: Record<Name, Round[]>, version: string): BenchResult {
  const rates = (name: Name) => rounds[name].map(({ perSecond }) => perSecond);
  const against = (name: Name, yardstick: Name) => {
    const { median, min, max } = pairedRatio(rates(name), rates(yardstick));
    return `${median.toPrecision(3)} (${min.toPrecision(3)}–${max.toPrecision(3)})`;
  };
  const middle = (name: Name, of: "p50" | "p99") => {
    const each = rounds[name].flatMap((round) => round[of] ?? []);
    return each.length > 0 ? figuresOf(each).median : "";
  };
  const names: Name[] = [...SUBJECTS, ...YARDSTICKS];
  const rows = names.map((name) => [
    name,
    Math.round(figuresOf(rates(name)).median),
    middle(name, "p50"),
    middle(name, "p99"),
    against(name, "pgbench, sequence"),
    against(name, "pgbench, locked row"),
    against(name, "one transaction each"),
  ]);
  return {
    about: `Single events of some 700 bytes over 64 kept-alive connections, each unlike all others, with an API key, ${ROUNDS} rounds of ${SECONDS} s in turn, PostgreSQL with fsync on; server, client and database share the processors. The yardstick is \`pgbench -c 8 -j 2\` with the statement that the product itself sends for one event: the same rows, tables and indexes in one round trip, with the LSN from a row that is locked until commit, as an order of commits needs, or from a sequence, which keeps no order. It looks for no duplicate, counts no volume and wakes no reader.`,
    columns: ["", "events/s", "median ms", "p99 ms", "× sequence", "× locked row", "× one transaction each"],
    rows,
    notes: [
      "No request failed: each was answered 200, or the run would have ended.",
      "One transaction each: the same server, with groups of one event.",
      `PostgreSQL ${version}.`,
    ],
  };
}
