import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import {
  closeWarehouses,
  type LoadDestination,
  openWarehouse,
  type PlanOutcome,
  runPlan,
} from "#lib/runtime/index.ts";
import { ordersPipeline, type Variant, writeOrders } from "./orders.ts";

/** What a process of its own is to load, and into which server; without `url`, into the warehouse in `scratch`. */
export type Task = { file: string; url?: string; variant: Variant; scratch: string };
/** How that went: times in milliseconds, memory of that process in megabytes. */
export type Answer = {
  ms: number;
  cpu: number;
  idle: number;
  peak: number;
  status: string;
  balanced: boolean;
};

/** Loads in a fresh process, so that its peak of memory is that of this load alone. */
export function loadInChild(task: Task): Promise<Answer> {
  const child = fork(import.meta.filename, ["child"], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: { ...process.env, PENSTOCK_LOG_LEVEL: "warn", PENSTOCK_DATA_DIR: task.scratch },
  });
  child.send(task);
  return new Promise((resolve, reject) => {
    child.once("message", (answer) => resolve(answer as Answer));
    child.once("exit", (code) => reject(new Error(`The child ended with ${code}`)));
  });
}

const memory = (what: "VmRSS" | "VmHWM") =>
  Math.round(
    Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024,
  );

async function runTask(task: Task): Promise<Answer> {
  await warmUp(task);
  const idle = memory("VmRSS");
  const before = process.cpuUsage();
  const since = performance.now();
  const outcome = await load(task);
  const ms = performance.now() - since;
  const { user, system } = process.cpuUsage(before);
  await closeWarehouses();
  return {
    ms,
    cpu: (user + system) / 1000,
    idle,
    peak: memory("VmHWM"),
    status: outcome.status,
    balanced: outcome.ledger.balanced,
  };
}

/** A worker has run before: its code is compiled. Its files are closed again. */
async function warmUp(task: Task): Promise<void> {
  const file = path.join(path.dirname(task.file), "warm-up.csv");
  await writeOrders(file, 100);
  await load({ ...task, file }, "public.warm_up");
  await closeWarehouses();
}

async function load({ file, url, variant, scratch }: Task, table?: string): Promise<PlanOutcome> {
  const catalogue = { sources: [], destinations: [{ name: "yard", kind: "postgres" }] };
  const parsed = parsePipelineIR(ordersPipeline(file, variant, url !== undefined, table), {
    strength: "executable",
    catalogue,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const outcome = await runPlan({
    plan: compile(parsed.ir, catalogue),
    tenant: "t_demo",
    runId: crypto.randomUUID(),
    scratchDir: path.join(scratch, "scratch", "run"),
    resolveDestination: async () => (url ? postgresAt(url) : warehouse()),
  });
  if (outcome.error) throw new Error(outcome.error.message);
  return outcome;
}

const postgresAt = (url: string): LoadDestination => ({
  kind: "postgres",
  defaultSchema: "public",
  connect: async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  },
});

const warehouse = async (): Promise<LoadDestination> => ({
  kind: "duckdb",
  warehouse: await openWarehouse("t_demo"),
});

if (process.argv[2] === "child")
  process.once("message", async (task) => {
    process.send?.(await runTask(task as Task));
    process.disconnect();
    process.exit(0);
  });
