import "./ingest/environment.ts";
import { type Served, serve } from "#tests/serve.ts";
import { startPostgres } from "#tests/services.ts";
import { prepareDatabase, psql } from "./ingest/prepare-database.ts";
import { runLines, runLoad } from "./ingest/run-load.ts";
import { figuresOf, pairedRatio } from "./measure.ts";
import type { BenchResult } from "./report.ts";

/** Events already stored; `--stored=10000,100000,1000000,10000000` goes further. */
const LEVELS = (
  process.argv.find((given) => given.startsWith("--stored="))?.slice(9) ?? "10000,100000,1000000"
)
  .split(",")
  .map(Number);
const ROUNDS = 3;
const SECONDS = 4;
const LINES = 20_000;

/** How single events and streams slow down as the log grows. */
export default async function ingestGrowth(): Promise<BenchResult> {
  const postgres = await startPostgres({ durable: true });
  let served: Served | undefined;
  try {
    const key = await prepareDatabase(postgres, "grown");
    const url = postgres.databaseUrl("grown");
    served = await serve({ DATABASE_URL: url, PENSTOCK_LOG_LEVEL: "info" });
    const { port } = served;
    const stored = () => Number(psql(url, "-c", `select count(*) from "Event"`));
    const levels: { stored: number; single: number[]; p99: number[]; lines: number[]; bytes: string }[] = [];
    for (const level of LEVELS) {
      for (let missing = level - stored(); missing > 0; missing = level - stored())
        await runLines({ port, key, events: Math.min(missing, 500_000) });
      psql(url, "-c", "checkpoint");
      const measured = { stored: level, single: [] as number[], p99: [] as number[], lines: [] as number[] };
      for (let round = 0; round < ROUNDS; round++) {
        const { perSecond, p99 } = await runLoad({ port, key, seconds: SECONDS });
        measured.single.push(perSecond);
        measured.p99.push(p99);
        measured.lines.push(LINES / (await runLines({ port, key, events: LINES })).seconds);
      }
      const bytes = psql(url, "-c", "select pg_size_pretty(pg_database_size(current_database()))").trim();
      levels.push({ ...measured, bytes });
    }
    const [first] = levels;
    return {
      about: `Single events over 64 connections (fast door, API key, PostgreSQL with fsync on, ${ROUNDS} rounds of ${SECONDS} s) and ${LINES.toLocaleString("en")} events as lines of one request, with that many events stored already. The yardstick is the smallest log.`,
      columns: ["events stored", "single/s", "× smallest", "p99 ms", "lines/s", "× smallest", "database"],
      rows: levels.map(({ stored, single, p99, lines, bytes }) => [
        stored,
        Math.round(figuresOf(single).median),
        pairedRatio(single, first?.single ?? []).median,
        figuresOf(p99).median,
        Math.round(figuresOf(lines).median),
        pairedRatio(lines, first?.lines ?? []).median,
        bytes,
      ]),
    };
  } finally {
    await served?.stop();
    await postgres.stop();
  }
}
