import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { type Answer, loadInChild } from "./load/loading-child.ts";
import { type Variant, writeOrders } from "./load/orders.ts";
import { figuresOf, inTurn, pairedRatio, timeOf } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const flag = (name: string) =>
  process.argv.find((given) => given.startsWith(`--${name}=`))?.slice(`--${name}=`.length);
const SIZES = (flag("rows") ?? "5000000,50000000").split(",").map(Number);
const RUNS = Number(flag("runs") ?? 3);
/** Files beyond this are loaded once, in the first and the last variant. */
const LARGE = 10_000_000;
const OURS = ["typed", "changed", "blue_green", "checked"] as const satisfies Variant[];

/** CSV file → the built-in warehouse, against DuckDB's own CREATE TABLE AS of the same file with as many threads. */
export default async function loadWarehouse(): Promise<BenchResult> {
  const rows: BenchResult["rows"] = [];
  const sums = new Set<string>();
  for (const size of SIZES) rows.push(...(await measure(size, sums)));
  return {
    about:
      'CSV with six columns into the built-in warehouse, each time a fresh database file. The ratio is rows a second against `CREATE TABLE AS SELECT … FROM read_csv` with the types given, by the same DuckDB with two threads, its usual memory and its usual file format; 1 is as fast. "checked" adds three row rules and all dataset checks but the one that asks another table.',
    columns: ["rows", "", "rows/s", "of CREATE TABLE AS", "spread", "× its CPU", "peak MB above idle"],
    rows,
    notes: [
      `Count and sums of the tables of both sides: ${[...sums].join("; ")}`,
      `Ours runs in a worker that has loaded a hundred rows before. Median of ${RUNS} runs in turn, after one to warm up; of more than ${LARGE.toLocaleString("en")} rows one run, without.`,
    ],
  };
}

async function measure(size: number, sums: Set<string>): Promise<BenchResult["rows"]> {
  const ours = OURS.filter((variant) => size <= LARGE || variant === "typed" || variant === "checked");
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-bench-"));
  try {
    const file = path.join(folder, "orders.csv");
    await writeOrders(file, size);
    const answers: Record<string, Answer[]> = {};
    const load = async (variant: Variant) => {
      const scratch = path.join(folder, "ours");
      rmSync(scratch, { recursive: true, force: true });
      mkdirSync(scratch);
      const answer = await loadInChild({ file, variant, scratch });
      answers[variant] = [...(answers[variant] ?? []), answer];
      sums.add(await sumOf(path.join(scratch, "warehouse", "t_demo.duckdb"), "public.orders"));
    };
    const yard: Cost[] = [];
    const warm = size > LARGE ? 0 : 1;
    await inTurn(
      {
        own: async () => {
          const database = path.join(folder, "own.duckdb");
          rmSync(database, { force: true });
          yard.push(await createTableAs(database, file));
          sums.add(await sumOf(database, "orders"));
        },
        ...Object.fromEntries(ours.map((variant) => [variant, () => load(variant)])),
      },
      size > LARGE ? 1 : RUNS,
      size <= LARGE,
    );
    const times = yard.slice(warm);
    const rate = (costs: Cost[]) => Math.round(size / (figuresOf(of(costs, "ms")).median / 1000));
    return [
      [size, "CREATE TABLE AS", rate(times), 1, "", 1, ""],
      ...ours.map((variant) => {
        const own = (answers[variant] ?? []).slice(warm);
        const ratio = pairedRatio(of(times, "ms"), of(own, "ms"));
        const spread = `${ratio.min.toPrecision(3)}–${ratio.max.toPrecision(3)}`;
        return [
          size,
          variant,
          rate(own),
          ratio.median,
          spread,
          pairedRatio(of(own, "cpu"), of(times, "cpu")).median,
          Math.max(...own.map(({ peak, idle }) => peak - idle)),
        ];
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inDuckdb<T>(
  database: string,
  work: (run: (sql: string) => Promise<string>) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(database, { threads: "2" });
  const connection = await instance.connect();
  await connection.run("set TimeZone='UTC'");
  try {
    return await work(async (sql) => JSON.stringify((await connection.runAndReadAll(sql)).getRowsJson()));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Milliseconds. */
type Cost = { ms: number; cpu: number };
const of = (costs: Cost[], what: keyof Cost) => costs.map((cost) => cost[what]);

const createTableAs = (database: string, file: string): Promise<Cost> =>
  inDuckdb(database, async (run) => {
    const before = process.cpuUsage();
    const ms = await timeOf(() =>
      run(
        `create table orders as select * from read_csv('${file}', header=true, columns={id:'BIGINT', customer_id:'INTEGER', amount:'DECIMAL(12,2)', status:'VARCHAR', created_at:'TIMESTAMPTZ', note:'VARCHAR'})`,
      ),
    );
    const { user, system } = process.cpuUsage(before);
    return { ms, cpu: (user + system) / 1000 };
  });

const sumOf = (database: string, table: string) =>
  inDuckdb(database, (run) =>
    run(
      `select count(*), sum(amount), sum(epoch(created_at))::bigint, sum(hash(coalesce(note, '~')) % 1000003) from ${table}`,
    ),
  );
