import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findPostgres, type PostgresServer, startPostgres } from "#tests/services.ts";
import { cpuOf, serverCpu } from "./load/cpu-time.ts";
import { type Answer, loadInChild } from "./load/loading-child.ts";
import { VARIANTS, type Variant, writeOrders } from "./load/orders.ts";
import { checksum, customers, freshTable } from "./load/tables.ts";
import { figuresOf, inTurn, pairedRatio } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const flag = (name: string) =>
  process.argv.find((given) => given.startsWith(`--${name}=`))?.slice(`--${name}=`.length);
const SIZES = (flag("rows") ?? "5000000,50000000").split(",").map(Number);
const RUNS = Number(flag("runs") ?? 3);
/** `--only=typed,checked` measures these variants alone. */
const CHOSEN = VARIANTS.filter((variant) => flag("only")?.split(",").includes(variant) ?? true);
/** Files beyond this are loaded once, in these variants. */
const LARGE = 10_000_000;
const OF_LARGE: Variant[] = ["typed", "changed and checked"];

/** Wall time, and CPU time of our process or psql together with everything the server did, in milliseconds. */
type Cost = { ms: number; cpu: number };

/** CSV file → PostgreSQL against `psql \copy`, on the same server, in turn; each of our runs in a process of its own. */
export default async function load(): Promise<BenchResult> {
  const server = await startPostgres({ durable: true });
  try {
    await customers(server);
    const rows: BenchResult["rows"] = [];
    const sums: string[] = [];
    for (const size of SIZES) {
      const measured = await measure(server, size);
      rows.push(...measured.rows);
      sums.push(`${size.toLocaleString("en")} rows: ${measured.sums}`);
    }
    return {
      about: `CSV with six columns (74 MB a million rows) into PostgreSQL. The ratio is rows a second against psql \\copy of the same file; 1 is as fast. "checked" adds three row rules and all five dataset checks; "changed" has a transform of one column before, so that the file's own bytes are not what is loaded. The last ones are "typed" by other load modes than append.`,
      columns: [
        ...["rows", "", "rows/s", "of \\copy", "spread"],
        ...["CPU s per million rows", "× the CPU of \\copy", "peak MB above idle", "ledger balanced"],
      ],
      rows,
      notes: [
        `Checksum of the loaded table, after every load of either side: ${sums.join("; ")}`,
        "CPU is that of our process, or psql's, and of the whole server, by /proc: it moves less than wall time on a busy machine.",
        `Ours runs in a worker that has loaded a hundred rows before. PostgreSQL with fsync on; median of ${RUNS} runs in turn after one to warm up; of more than ${LARGE.toLocaleString("en")} rows one run, without.`,
      ],
    };
  } finally {
    await server.stop();
  }
}

async function measure(
  server: PostgresServer,
  size: number,
): Promise<{ rows: BenchResult["rows"]; sums: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-bench-"));
  const chosen = CHOSEN.filter((variant) => size <= LARGE || OF_LARGE.includes(variant));
  try {
    const file = path.join(folder, "orders.csv");
    await writeOrders(file, size);
    const answers: Partial<Record<Variant, Answer[]>> = {};
    const sums = new Set<string>();
    const ours = async (variant: Variant) => {
      await freshTable(server);
      const before = serverCpu(server.pid);
      const answer = await loadInChild({
        ...{ file, url: server.url, variant, scratch: path.join(folder, "scratch") },
      });
      const cpu = answer.cpu + serverCpu(server.pid) - before;
      answers[variant] = [...(answers[variant] ?? []), { ...answer, cpu }];
      sums.add(await checksum(server));
    };
    const copies: Cost[] = [];
    const warm = size > LARGE ? 0 : 1;
    await inTurn(
      {
        copy: async () => {
          await freshTable(server);
          copies.push(psqlCopy(server, file));
          sums.add(await checksum(server));
        },
        ...Object.fromEntries(chosen.map((variant) => [variant, () => ours(variant)])),
      },
      size > LARGE ? 1 : RUNS,
      size <= LARGE,
    );
    const yard = copies.slice(warm);
    const rate = (costs: Cost[]) => Math.round(size / (figuresOf(costs.map(({ ms }) => ms)).median / 1000));
    const own = (variant: Variant) => (answers[variant] ?? []).slice(warm);
    return {
      sums: [...sums].join(" AND ALSO "),
      rows: [
        [size, "psql \\copy", rate(yard), 1, "", perMillion(yard, size), 1, "", ""],
        ...chosen.map((variant) => [
          size,
          variant,
          rate(own(variant)),
          ...compared(own(variant), yard, size),
        ]),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ours beside the yardstick: speed, its spread, CPU, its ratio, memory, and whether every row is accounted for. */
function compared(own: Answer[], yard: Cost[], size: number): (string | number)[] {
  const of = (costs: Cost[], what: keyof Cost) => costs.map((cost) => cost[what]);
  const speed = pairedRatio(of(yard, "ms"), of(own, "ms"));
  const work = pairedRatio(of(own, "cpu"), of(yard, "cpu"));
  const fine = own.every(({ status, balanced }) => status === "completed" && balanced);
  return [
    ...[speed.median, `${speed.min.toPrecision(3)}–${speed.max.toPrecision(3)}`],
    ...[perMillion(own, size), work.median],
    ...[Math.max(...own.map(({ peak, idle }) => peak - idle)), fine ? "yes" : "NO"],
  ];
}

const perMillion = (costs: Cost[], size: number) =>
  Number((figuresOf(costs.map(({ cpu }) => cpu)).median / 1000 / (size / 1e6)).toPrecision(3));

function psqlCopy(server: PostgresServer, file: string): Cost {
  const psql = path.join(findPostgres() ?? "", "psql");
  const cpu = () => cpuOf("self").waited + serverCpu(server.pid);
  const before = cpu();
  const since = performance.now();
  execFileSync(psql, [server.url, "-qc", `\\copy orders from '${file}' (format csv, header)`]);
  return { ms: performance.now() - since, cpu: cpu() - before };
}
