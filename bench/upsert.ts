import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import pg from "pg";
import { findPostgres, type PostgresServer, startPostgres } from "#tests/services.ts";
import { loadInChild } from "./load/loading-child.ts";
import { TABLE, writeOrders } from "./load/orders.ts";
import { figuresOf, pairedRatio, timeOf } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const flag = (name: string, usual: number) =>
  Number(process.argv.find((given) => given.startsWith(`--${name}=`))?.slice(`--${name}=`.length) ?? usual);
const THERE = flag("there", 5_000_000);
const GIVEN = flag("given", 1_000_000);
const RUNS = flag("runs", 3);

const COLUMNS = ["customer_id", "amount", "status", "created_at", "note"];
/** Every row is written; or, as ours does it, only rows that differ. */
const merge = (differs = "") => `merge into orders t using given s on t.id = s.id
  when matched ${differs && `and ${differs} `}then update set ${COLUMNS.map((name) => `${name} = s.${name}`).join(", ")}
  when not matched then insert (id, ${COLUMNS.join(", ")}) values (s.id, ${COLUMNS.map((name) => `s.${name}`).join(", ")})`;
const DIFFERS = COLUMNS.map((name) => `t.${name} is distinct from s.${name}`).join(" or ");
const BY_HAND = { MERGE: merge(), "the same MERGE": merge(`(${DIFFERS})`) };

/** One place to upsert into: both sides begin with the same table. */
type Side = {
  fresh: () => Promise<void>;
  /** Milliseconds. */
  byHand: (merge: string) => Promise<number>;
  ours: () => Promise<number>;
  sum: () => Promise<string>;
};

/** A file of rows, half of them new, into a table with a key, against the same by hand: into a table of its own, then MERGE. */
export default async function upsert(): Promise<BenchResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-bench-"));
  const server = await startPostgres({ durable: true });
  try {
    const [base, given] = [path.join(folder, "base.csv"), path.join(folder, "given.csv")];
    await writeOrders(base, THERE);
    // Shifted, so that half of the ids are there already, with other values.
    await writeOrders(given, GIVEN, THERE - GIVEN / 2, 17);
    const sides: Record<string, Side> = {
      PostgreSQL: await postgresSide(server, base, given, folder),
      warehouse: await warehouseSide(base, given, folder),
    };
    const rows: BenchResult["rows"] = [];
    const notes: string[] = [];
    for (const [name, side] of Object.entries(sides)) {
      const times: Record<string, number[]> = { ours: [] };
      const sums = new Set<string>();
      for (let run = 0; run <= RUNS; run++) {
        const subjects = {
          ours: side.ours,
          ...Object.fromEntries(Object.entries(BY_HAND).map(([how, sql]) => [how, () => side.byHand(sql)])),
        };
        for (const [how, measured] of Object.entries(subjects)) {
          await side.fresh();
          const ms = await measured();
          sums.add(await side.sum());
          if (run > 0) times[how] = [...(times[how] ?? []), ms];
        }
      }
      const ours = times.ours ?? [];
      for (const how of Object.keys(BY_HAND)) {
        const hand = times[how] ?? [];
        const ratio = pairedRatio(hand, ours);
        const spread = `${ratio.min.toPrecision(3)}–${ratio.max.toPrecision(3)}`;
        const [byHand, own] = [hand, ours].map((each) => Math.round(figuresOf(each).median));
        rows.push([name, how, byHand ?? "", own ?? "", ratio.median, spread]);
      }
      notes.push(`${name}, count and sums of both sides: ${[...sums].join(" AND ALSO ")}`);
    }
    return {
      about: `${GIVEN.toLocaleString("en")} rows of a CSV file, half of them with keys that are there, into a table of ${THERE.toLocaleString("en")} with a primary key: load mode upsert, and the same by hand (into a temporary table, then MERGE). Ours also counts what was inserted, updated and unchanged, refuses rows without a key, and lets the last of several with one key count; rows that are there with the same values are left alone, as in "the same MERGE". 1 is as fast.`,
      columns: ["", "by hand", "by hand, ms", "ours, ms", "of by hand", "spread"],
      rows,
      notes: [
        ...notes,
        `Ours runs in a worker that has loaded a hundred rows before. Median of ${RUNS} runs in turn after one to warm up; PostgreSQL with fsync on.`,
      ],
    };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const SUM = "select count(*), sum(amount), sum(customer_id), count(note) from";

async function postgresSide(
  server: PostgresServer,
  base: string,
  given: string,
  folder: string,
): Promise<Side> {
  const psql = (...statements: string[]) =>
    execFileSync(path.join(findPostgres() ?? "", "psql"), [
      server.url,
      "-q",
      "-v",
      "ON_ERROR_STOP=1",
      ...statements.flatMap((each) => ["-c", each]),
    ]);
  const ask = async (sql: string) => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      return JSON.stringify((await client.query({ text: sql, rowMode: "array" })).rows);
    } finally {
      await client.end();
    }
  };
  psql(`create table base (${TABLE})`, `\\copy base from '${base}' (format csv, header)`);
  return {
    fresh: async () =>
      psql(
        "drop table if exists orders",
        "create table orders as table base",
        "alter table orders add primary key (id)",
        "vacuum analyze orders",
        "checkpoint",
      ) && undefined,
    byHand: (merge) =>
      timeOf(async () =>
        psql(
          "begin",
          "create temporary table given (like orders) on commit drop",
          `\\copy given from '${given}' (format csv, header)`,
          "analyze given",
          merge,
          "commit",
        ),
      ),
    ours: async () =>
      (
        await loadInChild({
          file: given,
          url: server.url,
          variant: "upsert",
          scratch: path.join(folder, "scratch"),
        })
      ).ms,
    sum: () => ask(`${SUM} orders`),
  };
}

async function warehouseSide(base: string, given: string, folder: string): Promise<Side> {
  const typed = (file: string) =>
    `read_csv('${file}', header=true, columns={id:'BIGINT', customer_id:'INTEGER', amount:'DECIMAL(12,2)', status:'VARCHAR', created_at:'TIMESTAMPTZ', note:'VARCHAR'})`;
  const scratch = path.join(folder, "ours");
  const [template, database] = [
    path.join(folder, "base.duckdb"),
    path.join(scratch, "warehouse", "t_demo.duckdb"),
  ];
  // Time until the last statement has ended: closing the file is nobody's to pay.
  const run = async (file: string, ...statements: string[]) => {
    const since = performance.now();
    const instance = await DuckDBInstance.create(file, { threads: "2" });
    const connection = await instance.connect();
    await connection.run("set TimeZone='UTC'");
    let last = "";
    for (const sql of statements) last = JSON.stringify((await connection.runAndReadAll(sql)).getRowsJson());
    const ms = performance.now() - since;
    connection.closeSync();
    instance.closeSync();
    return { last, ms };
  };
  await run(
    template,
    "create schema public",
    "use public",
    `create table orders (id BIGINT PRIMARY KEY, customer_id INTEGER, amount DECIMAL(12,2), status VARCHAR, created_at TIMESTAMPTZ, note VARCHAR)`,
    `insert into orders select * from ${typed(base)}`,
  );
  return {
    fresh: async () => {
      rmSync(scratch, { recursive: true, force: true });
      mkdirSync(path.dirname(database), { recursive: true });
      copyFileSync(template, database);
    },
    byHand: (merge) =>
      run(
        database,
        "use public",
        "begin",
        `create temporary table given as select * from ${typed(given)}`,
        merge,
        "commit",
      ).then(({ ms }) => ms),
    ours: async () => (await loadInChild({ file: given, variant: "upsert", scratch })).ms,
    sum: () => run(database, `${SUM} public.orders`).then(({ last }) => last),
  };
}
