import "./ingest/environment.ts";
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Ctx } from "#lib/context.ts";
import { type Database, openDatabase } from "#lib/db.ts";
import { publishVersion, requestRun } from "#lib/runs/index.ts";
import { startWorker } from "#lib/runtime/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { FOLDER } from "./ingest/environment.ts";
import { figuresOf, timeOf } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const ROWS = 1_000;
const WARM = 5;
const RUNS = 60;

/** How long it takes from asking for a run until it is begun, has read, and has loaded: a warm worker with nothing else to do. */
export default async function runStart(): Promise<BenchResult> {
  const folder = path.join(tmpdir(), path.basename(FOLDER), "files");
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "small.csv");
  writeFileSync(file, `id,note\n${Array.from({ length: ROWS }, (_, at) => `${at},n${at}`).join("\n")}\n`);
  const database = await openDatabase();
  const { stop } = await startWorker();
  const alone = await duckdbAlone(file);
  const { begun, read, ended } = await measure(database, file);
  await stop();
  const cells = (what: string, numbers: number[]) => {
    const { median, p99, min, max } = figuresOf(numbers);
    return [what, ...[median, p99, min, max].map(Math.round)];
  };
  return {
    about: `A CSV file of ${ROWS} rows into the warehouse, on the embedded engine, the worker in the same process, idle and warm: milliseconds from the request (a call of requestRun, which commits) until a worker has the run, until its source step has begun to read, and until the run has ended; beside it, DuckDB alone opening the same file and counting its rows, in a process that has it loaded.`,
    columns: ["from the request until", "median", "p99", "min", "max"],
    rows: [
      cells("the run has begun", begun),
      cells("its source is being read", read),
      cells("the run has ended", ended),
      cells("(DuckDB alone: open, count)", alone),
    ],
  };
}

async function duckdbAlone(file: string): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < WARM + RUNS; at++)
    times.push(
      await timeOf(async () => {
        const instance = await DuckDBInstance.create(":memory:");
        const connection = await instance.connect();
        await connection.run(`select count(*) from read_csv('${file}')`);
        connection.closeSync();
        instance.closeSync();
      }),
    );
  return times.slice(WARM);
}

async function measure({ db }: Database, file: string) {
  const tenant = "t_demo";
  await createTenant(db, { id: tenant, name: "Bench" });
  const actor = { id: "bench", kind: "user" } as const;
  const ctx: Ctx = { tenant, actor, roles: ["ROLE_ADMIN"], requestId: randomUUID(), db };
  const ir = {
    kind: "pipeline",
    version: "1.0",
    id: "start",
    metadata: { name: "Start" },
    nodes: [
      { id: "src", kind: "source", connector: "local_fs", config: { path: file } },
      { id: "out", kind: "target", input: "src", schema: "bench.small", loadMode: "truncate" },
    ],
  };
  const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
  const times = { begun: [] as number[], read: [] as number[], ended: [] as number[] };
  for (let at = 0; at < WARM + RUNS; at++) {
    const asked = Date.now();
    const { runId } = await requestRun({ ctx, input: { pipelineId } });
    const run = await ended(db, runId);
    if (at < WARM) continue;
    times.begun.push((run.startedAt?.getTime() ?? Number.NaN) - asked);
    times.read.push((run.steps[0]?.startedAt?.getTime() ?? Number.NaN) - asked);
    times.ended.push((run.finishedAt?.getTime() ?? Number.NaN) - asked);
  }
  return times;
}

async function ended(db: Database["db"], id: string) {
  for (;;) {
    const run = await db.run.findUniqueOrThrow({
      where: { id },
      include: { steps: { orderBy: { ordinal: "asc" } } },
    });
    if (run.status === "completed") return run;
    if (run.finishedAt) throw new Error(`The run ended: ${run.status} ${JSON.stringify(run.error)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
