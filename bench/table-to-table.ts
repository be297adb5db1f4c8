import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findMariadb } from "#tests/servers/mariadb.ts";
import { startPostgres } from "#tests/services.ts";
import { figuresOf, inTurn, pairedRatio } from "./measure.ts";
import type { BenchResult } from "./report.ts";
import { type Answer, moveInChild } from "./table-to-table/moving-child.ts";
import { mariadbYard, onServer, postgresYard, type Yard } from "./table-to-table/yardsticks.ts";

const flag = (name: string) =>
  process.argv.find((given) => given.startsWith(`--${name}=`))?.slice(`--${name}=`.length);
const ROWS = Number(flag("rows") ?? 5_000_000);
const RUNS = Number(flag("runs") ?? 3);

/** What a loaded table comes to. */
const CHECKSUM =
  "select count(*) || ' ' || sum(amount) || ' ' || sum(extract(epoch from created_at))::bigint || ' ' || sum(hashtext(coalesce(note, '~'))::bigint) as sum from orders";

/** A table of another system into an empty one of PostgreSQL, against the shortest pipe of the systems' own tools. */
export default async function tableToTable(): Promise<BenchResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-bench-"));
  const server = await startPostgres({ durable: true });
  try {
    await server.createDatabase("target");
    const target = server.databaseUrl("target");
    const makers: ((rows: number) => Promise<Yard>)[] = [(rows) => postgresYard(server, target, rows)];
    if (findMariadb()) makers.push((rows) => mariadbYard(target, rows));
    const rows: BenchResult["rows"] = [];
    const sums: string[] = [];
    for (const make of makers) {
      const sizes = [];
      // The small one first: what grows with the rows shows against it.
      for (const size of [ROWS / 10, ROWS]) {
        const yard = await make(size);
        try {
          sizes.push(await measured(yard, target, folder));
        } finally {
          await yard.stop();
        }
      }
      const [small, large] = sizes as [Measured, Measured];
      const rate = (of: Measured, count: number) => Math.round(count / (figuresOf(of.ours).median / 1000));
      const ratio = pairedRatio(large.pipe, large.ours);
      rows.push([
        large.name,
        large.against,
        rate(large, ROWS),
        ratio.median,
        `${ratio.min.toPrecision(3)}–${ratio.max.toPrecision(3)}`,
        rate(large, ROWS) / rate(small, ROWS / 10),
        large.above,
        small.above,
      ]);
      sums.push(`${large.name}: ${[...large.sums].join(" AND ALSO ")}`);
    }
    return {
      about: `${ROWS.toLocaleString("en")} rows of six columns from a table of another system into an empty table of PostgreSQL with the same columns. The ratio is rows a second against the shortest pipe of the systems' own tools, in turn; 1 is as fast.`,
      columns: [
        "from",
        "against",
        "rows/s",
        "of the pipe",
        "spread",
        `× the rate at ${(ROWS / 10).toLocaleString("en")} rows`,
        "peak MB above idle",
        "and at a tenth",
      ],
      rows,
      notes: [
        `Checksums of the loaded table, after every run of either side: ${sums.join("; ")}`,
        `Destination with fsync on; median of ${RUNS} runs in turn, each of ours in a process of its own.`,
      ],
    };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Measured = {
  name: string;
  against: string;
  ours: number[];
  pipe: number[];
  above: number;
  sums: Set<string>;
};

async function measured(yard: Yard, target: string, folder: string): Promise<Measured> {
  const { name, against, columns, task } = yard;
  const fresh = () =>
    onServer(target, async (client) => {
      await client.query(`drop table if exists orders; create table orders (${columns})`);
      await client.query("checkpoint");
    });
  const sums = new Set<string>();
  const keep = async () => {
    const sum = await onServer(target, async (client) => (await client.query(CHECKSUM)).rows[0]?.sum);
    sums.add(String(sum));
  };
  const answers: Answer[] = [];
  const pipe: number[] = [];
  await inTurn(
    {
      pipe: async () => {
        await fresh();
        const since = performance.now();
        yard.pipe();
        pipe.push(performance.now() - since);
        await keep();
      },
      ours: async () => {
        await fresh();
        answers.push(await moveInChild({ ...task, url: target, scratch: path.join(folder, "scratch") }));
        await keep();
      },
    },
    RUNS,
  );
  const own = answers.slice(1);
  const above = Math.max(...own.map(({ peak, idle }) => peak - idle));
  return { name, against, ours: own.map(({ ms }) => ms), pipe: pipe.slice(1), above, sums };
}
