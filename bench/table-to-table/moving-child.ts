import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import { reachSource, runPlan } from "#lib/runtime/index.ts";

/** What a process of its own is to move: a stream of a source into the table `orders` of a PostgreSQL. */
export type Task = {
  connector: "postgres" | "mysql";
  config: Record<string, unknown>;
  stream: string;
  url: string;
  scratch: string;
};
/** How that went: milliseconds, and megabytes of that process. */
export type Answer = { ms: number; idle: number; peak: number };

/** Moves in a fresh process, so that its peak of memory is that of this run alone. */
export function moveInChild(task: Task): Promise<Answer> {
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

async function move({ connector, config, stream, url, scratch }: Task): Promise<Answer> {
  const catalogue = {
    sources: [{ ref: "there", connector }],
    destinations: [{ name: "here", kind: "postgres" }],
  };
  const document = {
    kind: "pipeline",
    version: "1.0",
    id: "bench",
    metadata: { name: "Bench" },
    nodes: [
      {
        id: "from",
        kind: "source",
        connector,
        sourceRef: "there",
        config: { stream, syncMode: "full_refresh" },
      },
      {
        id: "to",
        kind: "target",
        input: "from",
        destination: "here",
        schema: "public.orders",
        loadMode: "append",
      },
    ],
  };
  const parsed = parsePipelineIR(document, { strength: "executable", catalogue });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const idle = memory("VmRSS");
  const since = performance.now();
  const { status, ledger, error } = await runPlan({
    plan: compile(parsed.ir, catalogue),
    tenant: "t_demo",
    runId: crypto.randomUUID(),
    scratchDir: path.join(scratch, "run"),
    resolveSource: (step) => reachSource({ tenant: "t_demo", config }, step),
    resolveDestination: async () => ({
      kind: "postgres",
      defaultSchema: "public",
      connect: async () => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        return client;
      },
    }),
  });
  const ms = performance.now() - since;
  if (status !== "completed" || !ledger.balanced) throw new Error(error?.message ?? status);
  return { ms, idle, peak: memory("VmHWM") };
}

if (process.argv[2] === "child")
  process.once("message", async (task) => {
    process.send?.(await move(task as Task));
    process.disconnect();
    process.exit(0);
  });
