import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import { openWarehouse, reachSource, runPlan } from "#lib/runtime/index.ts";
import { memoryFeeds } from "#tests/memory-feeds.ts";

/** What a process of its own is to mirror, again and again: `public.orders` of a PostgreSQL. */
export type Task = { config: Record<string, unknown>; scratch: string } & (
  | { kind: "postgres"; url: string }
  | { kind: "duckdb" }
);
/** How one run went: milliseconds, megabytes of that process above idle so far, and what it counted. */
export type Answer = { ms: number; above: number; read: number; sum?: string };

const TENANT = "t_demo";

/** A process that mirrors whenever it is asked to. */
export class MirroringChild {
  private readonly child: ChildProcess;

  constructor(task: Task) {
    this.child = fork(import.meta.filename, ["child"], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      env: { ...process.env, PENSTOCK_LOG_LEVEL: "warn", PENSTOCK_DATA_DIR: task.scratch },
    });
    this.child.send(task);
  }

  /** One run. With `sum`, a query that is asked of the embedded warehouse afterwards. */
  run(sum?: string): Promise<Answer> {
    this.child.send({ sum });
    return new Promise((resolve, reject) => {
      this.child.once("message", (answer) => resolve(answer as Answer));
      this.child.once("exit", (code) => reject(new Error(`The child ended with ${code}`)));
    });
  }

  stop(): void {
    this.child.removeAllListeners("exit");
    this.child.kill();
  }
}

const memory = (what: "VmRSS" | "VmHWM") =>
  Math.round(
    Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024,
  );

function mirror(task: Task): (sum?: string) => Promise<Answer> {
  const { config, scratch } = task;
  const catalogue = {
    sources: [{ ref: "there", connector: "postgres" }],
    destinations: task.kind === "postgres" ? [{ name: "here", kind: "postgres" }] : [],
  };
  const source = { id: "from", kind: "source", connector: "postgres", sourceRef: "there" };
  const target = { id: "to", kind: "target", input: "from", schema: "orders", loadMode: "cdc_mirror" };
  const document = {
    ...{ kind: "pipeline", version: "1.0", id: "bench", metadata: { name: "Bench" } },
    nodes: [
      { ...source, config: { stream: "public.orders", syncMode: "full_refresh" } },
      { ...target, ...(task.kind === "postgres" && { destination: "here" }) },
    ],
  };
  const parsed = parsePipelineIR(document, { strength: "executable", catalogue });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const feeds = memoryFeeds(TENANT, () => config);
  const plan = compile(parsed.ir, catalogue);
  const idle = memory("VmRSS");
  return async (sum) => {
    const since = performance.now();
    const { status, ledger, error } = await runPlan({
      ...{
        plan,
        tenant: TENANT,
        runId: crypto.randomUUID(),
        scratchDir: path.join(scratch, "scratch", "run"),
        feeds,
      },
      resolveSource: (step) => reachSource({ tenant: TENANT, config }, step),
      resolveDestination: async () => {
        if (task.kind === "duckdb") return { kind: "duckdb", warehouse: await openWarehouse(TENANT) };
        const connect = async () => {
          const client = new pg.Client({ connectionString: task.url });
          await client.connect();
          return client;
        };
        return { kind: "postgres", defaultSchema: "public", connect };
      },
    });
    const ms = performance.now() - since;
    if (status !== "completed" || !ledger.balanced) throw new Error(error?.message ?? status);
    const answer = { ms, above: memory("VmHWM") - idle, read: ledger.read };
    if (sum === undefined) return answer;
    const session = await (await openWarehouse(TENANT)).session();
    const [row] = await session.rows(sum);
    session.close();
    return { ...answer, sum: String(row?.sum) };
  };
}

if (process.argv[2] === "child")
  process.once("message", (task) => {
    const run = mirror(task as Task);
    process.on("message", async (asked) => {
      process.send?.(await run((asked as { sum?: string }).sum));
    });
  });
