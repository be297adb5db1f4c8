import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Served, serve } from "#tests/serve.ts";
import { startPostgres } from "#tests/services.ts";
import { FOLDER } from "./ingest/environment.ts";
import { prepareDatabase, psql } from "./ingest/prepare-database.ts";
import { runLines } from "./ingest/run-load.ts";
import { figuresOf, pairedRatio, timeOf } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const flag = (name: string, otherwise: number) =>
  Number(process.argv.find((given) => given.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);
const ROUNDS = flag("runs", 5);
const EVENTS = flag("events", 20_000);
/** Size of the streams whose memory is looked at, in MB, and of one event in them. */
const STREAMS = [64, flag("stream", 1_024)];
const BALLAST = 15_360;

/** Tables whose rows say by their LSN which events they come from. */
const BY_LSN = ["Event", "Memory", "Projection", "Edge", "State", "Artifact", "ObjectVersion", "NamedObject"];

/** A stream of lines in one request against `\copy` of the rows that it became, and what a long one takes of memory. */
export default async function ingestLines(): Promise<BenchResult> {
  const postgres = await startPostgres({ durable: true });
  let served: Served | undefined;
  try {
    const key = await prepareDatabase(postgres, "lines");
    await prepareDatabase(postgres, "copied");
    const [from, to] = [postgres.databaseUrl("lines"), postgres.databaseUrl("copied")];
    served = await serve({ DATABASE_URL: from, PENSTOCK_LOG_LEVEL: "info" });
    const { port, pid } = served;
    const idle = peak(pid);
    const times = { lines: [] as number[], copy: [] as number[] };
    for (let round = 0; round <= ROUNDS; round++) {
      const before = Number(psql(from, "-c", `select "lsn" from "LogHead"`));
      const { seconds } = await runLines({ port, key, events: EVENTS });
      const files = writeRows(from, before, round === 0);
      const copy = await timeOf(() => copyRows(to, files));
      if (round === 0) continue;
      times.lines.push(EVENTS / seconds);
      times.copy.push(EVENTS / (copy / 1000));
    }
    compare(from, to);
    const memory: [string, number, number][] = [];
    for (const megabytes of STREAMS) {
      const events = Math.ceil((megabytes * 1e6) / (BALLAST + 700));
      const { bytes } = await runLines({ port, key, events, ballast: BALLAST });
      memory.push([`after a stream of ${Math.round(bytes / 1e6)} MB`, events, peak(pid)]);
    }
    const ratio = pairedRatio(times.lines, times.copy);
    const [ours, theirs] = [figuresOf(times.lines), figuresOf(times.copy)];
    return {
      about: `${EVENTS.toLocaleString("en")} events of some 700 bytes as lines of one request, with an API key, against \`psql \\copy\` of the rows that they became: nine tables with the same indexes, filled to the same size, words for the index made beforehand. PostgreSQL with fsync on, ${ROUNDS} rounds in turn. Then the server's peak memory after streams of lines of 16 kB.`,
      columns: ["", "events/s", "of \\copy", "spread", "peak MB of the server"],
      rows: [
        ["psql \\copy of the rows", Math.round(theirs.median), 1, "", ""],
        [
          "lines in one request",
          Math.round(ours.median),
          ratio.median,
          `${ratio.min.toPrecision(3)}–${ratio.max.toPrecision(3)}`,
          "",
        ],
        ["before any stream", "", "", "", idle],
        ...memory.map(([name, , megabytes]) => [name, "", "", "", megabytes]),
      ],
      notes: [
        "After the rounds both databases hold the same number of rows in each table.",
        `The statement that a stream sends also looks for duplicates and makes the words; \\copy is given them.`,
      ],
    };
  } finally {
    await served?.stop();
    await postgres.stop();
  }
}

/** Writes the rows that came after an LSN into files, in the form that psql itself reads. */
function writeRows(url: string, after: number, withTerms: boolean): Record<string, string> {
  const folder = path.join(FOLDER, "rows");
  mkdirSync(folder, { recursive: true });
  const tables = [...BY_LSN, ...(withTerms ? ["Term"] : [])];
  return Object.fromEntries(
    tables.map((table) => {
      const file = path.join(folder, `${table}.copy`);
      const which = table === "Term" ? "" : `where "lsn" > ${after}`;
      psql(url, "-c", `\\copy (select * from "${table}" ${which}) to '${file}'`);
      return [table, file];
    }),
  );
}

/** All tables in one session of psql and one transaction, as a careful loader would. */
function copyRows(url: string, files: Record<string, string>): void {
  const copies = Object.entries(files).map(([table, file]) => `\\copy "${table}" from '${file}'`);
  psql(url, "-1", ...copies.flatMap((copy) => ["-c", copy]));
}

/** @throws Error if one side has rows that the other has not. */
function compare(one: string, other: string): void {
  for (const table of [...BY_LSN, "Term"]) {
    const [here, there] = [one, other].map((url) => psql(url, "-c", `select count(*) from "${table}"`));
    if (here !== there) throw new Error(`${table} has ${here} rows here and ${there} there`);
  }
}

/** The most memory that a process has had so far, in MB. */
function peak(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
}
