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
const ROWS = Number(flag("rows") ?? 1_000_000);
const RUNS = Number(flag("runs") ?? 5);
/** `--only=typed,checked` measures these variants alone. */
const CHOSEN = VARIANTS.filter((variant) => flag("only")?.split(",").includes(variant) ?? true);

/** Wall time, and CPU time of our process or psql together with everything the server did, in milliseconds. */
type Cost = { ms: number; cpu: number };

/** CSV file → PostgreSQL against `psql \copy`, on the same server, in turn; each of our runs in a process of its own. */
export default async function load(): Promise<BenchResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-bench-"));
  const server = await startPostgres({ durable: true });
  try {
    const file = path.join(folder, "orders.csv");
    const bytes = await writeOrders(file, ROWS);
    await customers(server);
    const answers = Object.fromEntries(CHOSEN.map((variant) => [variant, [] as Answer[]])) as Record<
      Variant,
      Answer[]
    >;
    const sums = new Set<string>();
    const ours = async (variant: Variant) => {
      await freshTable(server);
      const before = serverCpu(server.pid);
      const answer = await loadInChild({
        file,
        url: server.url,
        variant,
        scratch: path.join(folder, "scratch"),
      });
      answers[variant].push({ ...answer, cpu: answer.cpu + serverCpu(server.pid) - before });
      sums.add(await checksum(server));
    };
    const copies: Cost[] = [];
    await inTurn(
      {
        copy: async () => {
          await freshTable(server);
          copies.push(psqlCopy(server, file));
          sums.add(await checksum(server));
        },
        ...Object.fromEntries(CHOSEN.map((variant) => [variant, () => ours(variant)])),
      },
      RUNS,
    );
    const yard = copies.slice(1);
    const yardMs = yard.map(({ ms }) => ms);
    const rows = CHOSEN.map((variant) => {
      const own = answers[variant].slice(1);
      const ratio = pairedRatio(
        yardMs,
        own.map(({ ms }) => ms),
      );
      const work = pairedRatio(
        own.map(({ cpu }) => cpu),
        yard.map(({ cpu }) => cpu),
      );
      const rate = Math.round(ROWS / (figuresOf(own.map(({ ms }) => ms)).median / 1000));
      const above = Math.max(...own.map(({ peak, idle }) => peak - idle));
      const fine = own.every(({ status, balanced }) => status === "completed" && balanced);
      return [
        variant,
        rate,
        ratio.median,
        `${ratio.min.toPrecision(3)}–${ratio.max.toPrecision(3)}`,
        perMillion(own),
        work.median,
        above,
        fine ? "yes" : "NO",
      ];
    });
    const yardRate = Math.round(ROWS / (figuresOf(yardMs).median / 1000));
    return {
      about: `${ROWS.toLocaleString("en")} rows (${Math.round(bytes / 1e6)} MB of CSV, six columns) into PostgreSQL. The ratio is rows a second against psql \\copy of the same file; 1 is as fast. "checked" adds three row rules and all five dataset checks; "changed" has a transform of one column before, so that the file's own bytes are not what is loaded. The last two are "typed" by other load modes than append.`,
      columns: [
        "",
        "rows/s",
        "of \\copy",
        "spread",
        "CPU s per million rows",
        "× the CPU of \\copy",
        "peak MB above idle",
        "ledger balanced",
      ],
      rows: [["psql \\copy", yardRate, 1, "", perMillion(yard), 1, "", ""], ...rows],
      notes: [
        `Checksum of the loaded table, after every load of either side: ${[...sums].join(" AND ALSO ")}`,
        "CPU is that of our process, or psql's, and of the whole server, by /proc: it moves less than wall time on a busy machine.",
        `PostgreSQL with fsync on; median of ${RUNS} runs in turn.`,
      ],
    };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const perMillion = (costs: Cost[]) =>
  Number((figuresOf(costs.map(({ cpu }) => cpu)).median / 1000 / (ROWS / 1e6)).toPrecision(3));

function psqlCopy(server: PostgresServer, file: string): Cost {
  const psql = path.join(findPostgres() ?? "", "psql");
  const cpu = () => cpuOf("self").waited + serverCpu(server.pid);
  const before = cpu();
  const since = performance.now();
  execFileSync(psql, [server.url, "-qc", `\\copy orders from '${file}' (format csv, header)`]);
  return { ms: performance.now() - since, cpu: cpu() - before };
}
