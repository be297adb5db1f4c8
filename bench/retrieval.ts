import { loadavg } from "node:os";
import path from "node:path";
import { connectServer, type Database } from "#lib/db.ts";
import { queryMemory } from "#lib/memory/index.ts";
import { migrate } from "#lib/migrate.ts";
import { startPostgres } from "../tests/services.ts";
import { figuresOf, timeOf } from "./measure.ts";
import { ctxOf, fillTo, randomOf, wordOf } from "./memory/fill.ts";
import type { BenchResult } from "./report.ts";

const SIZES = [10_000, 100_000, 1_000_000];
const QUERIES = 300;
const TENANT = "t_bench";

/** Words by the rank of their frequency: 12 words a memory over 50,000 put rank 120 into 0.9 % of memories. */
const KINDS: Record<string, { words: number; ranks: [number, number]; misspelt?: boolean }> = {
  "two words, each in at most 1 %": { words: 2, ranks: [120, 3_000] },
  "six words, each in at most 1 %": { words: 6, ranks: [120, 3_000] },
  "two words, one misspelt": { words: 2, ranks: [120, 3_000], misspelt: true },
  "two common words (5 to 40 %)": { words: 2, ranks: [2, 20] },
};

/** Time of a query over 10 k, 100 k and 1 M memories of one tenant, beside plain full text over the same rows. */
export default async function retrieval(): Promise<BenchResult> {
  const server = await startPostgres();
  const rows: (string | number)[][] = [];
  const loads: string[] = [];
  const database = connectServer(server.url);
  try {
    await migrate(database.pool, path.resolve("prisma/migrations"));
    let filled = 0;
    for (const size of SIZES.filter((each) => each <= Number(process.argv[3] ?? SIZES.at(-1)))) {
      await fillTo(database, TENANT, filled, size);
      filled = size;
      loads.push((loadavg()[0] ?? 0).toFixed(1));
      for (const kind of Object.keys(KINDS)) rows.push([size, kind, ...(await measure(database, kind))]);
    }
  } finally {
    await database.close();
    await server.stop();
  }
  return {
    about: `\`queryMemory\` (top 10, with texts, edges and versions) over one tenant's memories on PostgreSQL with default settings, ${QUERIES} different queries of each kind, one at a time, in ms. The yardstick, run in turn with it, is the plainest full-text search: \`where terms @@ query order by ts_rank limit 10\` over the same index, without any text, evidence or filter. The aim for two words in at most 1 % each is a p99 under 50 ms at 1 M.`,
    columns: ["memories", "query", "median", "p99", "max", "plain full text: median", "p99"],
    rows,
    notes: [
      "Each memory has 12 words drawn by Zipf's law from 50,000; 40 memories a session, 50 agents; tables vacuumed.",
      `Load of the machine before each size was measured: ${loads.join(", ")}; the bench alone makes about 1. Beyond 2 it shared them with other work, and only the comparison with plain full text counts.`,
    ],
  };
}

async function measure(database: Database, kind: string): Promise<number[]> {
  const { words, ranks, misspelt } = KINDS[kind] ?? { words: 2, ranks: [120, 3_000] };
  const random = randomOf(7);
  const ctx = ctxOf(database, TENANT);
  const [least, most] = ranks;
  const ours: number[] = [];
  const plain: number[] = [];
  for (let at = -20; at < QUERIES; at++) {
    const drawn = Array.from({ length: words }, () => wordOf(least + Math.floor(random() * (most - least))));
    if (misspelt) drawn[0] = swapped(drawn[0] ?? "");
    const text = drawn.join(" ");
    const took = await timeOf(() => queryMemory({ ctx, input: { query_text: text } }));
    const yardstick = await timeOf(() => plainFullText(database, drawn));
    if (at >= 0) ours.push(took);
    if (at >= 0) plain.push(yardstick);
  }
  const [us, them] = [figuresOf(ours), figuresOf(plain)];
  return [us.median, us.p99, us.max, them.median, them.p99];
}

/** The word with two of its letters in the wrong order. */
function swapped(word: string): string {
  const [a = "", b = "", c = "", ...rest] = word;
  return `${a}${c}${b}${rest.join("")}`;
}

function plainFullText({ pool }: Database, words: string[]): Promise<unknown> {
  return pool.query(
    `select "lsn", ts_rank("terms", q) from "Projection", to_tsquery('english', $2) q
    where "tenantId" = $1 and "terms" @@ q order by 2 desc limit 10`,
    [TENANT, words.join(" | ")],
  );
}
