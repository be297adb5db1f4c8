import { mkdir, rm } from "node:fs/promises";
import { DataError, isDataError } from "#lib/connectors/index.ts";
import type { LogicalPlan, PlanStep, TargetStep } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import type { Ledger, RunError, RunWarning } from "#lib/runs/schema.ts";
import { duckdbEngine } from "./engines/duckdb/engine.ts";
import type { AttemptOptions, Engine, EngineAttempt, RejectedRow } from "./engines/engine.ts";
import { loadDuckdb } from "./loaders/load-duckdb.ts";
import { loadPostgres } from "./loaders/load-postgres.ts";
import { loadRejects } from "./loaders/load-rejects.ts";
import type { LoadCounts, LoadDestination, LoadInput, RowSource } from "./loaders/loader.ts";

/** How a plan's run is going: rows of the sources so far (an estimate while a file is read) and expected. */
export type PlanProgress = { rowsRead: number; rowsExpected?: number };

export type RunPlanInput = {
  plan: LogicalPlan;
  tenant: string;
  runId: string;
  /** A folder of this run's own; it is made, and removed at the end. */
  scratchDir: string;
  /** The destination of that name; undefined is the built-in warehouse. */
  resolveDestination: (name: string | undefined) => Promise<LoadDestination>;
  signal?: AbortSignal;
  now?: Date;
  onProgress?: (progress: PlanProgress) => void;
  onNode?: (nodeId: string, state: "running" | "completed" | "failed", counts?: LoadCounts) => void;
  onRejects?: (rows: RejectedRow[]) => Promise<void>;
  /** Called before rejected rows are handed out, and again if they are handed out anew. */
  onRestart?: () => Promise<void>;
  /** Threads and memory of the engine. */
  engine?: { threads?: number; memoryBytes?: number };
};

/** What a run of a plan came to. `error` is set if it failed; what had committed by then stays and is in the ledger. */
export type PlanOutcome = {
  status: "completed" | "completed_with_errors" | "failed";
  ledger: Ledger;
  warnings: RunWarning[];
  error?: RunError & { retryable: boolean };
};

/**
 * Runs a plan: reads, transforms, checks, and loads each target in a transaction of its own.
 * Nothing is loaded before every row of every node is known to be in order.
 * @throws only the signal's reason; everything else is in the outcome.
 */
export async function runPlan(input: RunPlanInput): Promise<PlanOutcome> {
  const { scratchDir, signal } = input;
  await mkdir(scratchDir, { recursive: true, mode: 0o700 });
  const engine = await duckdbEngine({ scratch: scratchDir, ...input.engine });
  const interrupt = () => engine.interrupt();
  signal?.addEventListener("abort", interrupt, { once: true });
  const run: Run = { input, engine };
  try {
    await input.onRestart?.();
    const quick = await quickly(run);
    if (quick) return quick;
    return await thoroughly(run);
  } catch (error) {
    signal?.throwIfAborted();
    return failed(run, error);
  } finally {
    signal?.removeEventListener("abort", interrupt);
    if (run.timer) clearInterval(run.timer);
    engine.close();
    await rm(scratchDir, { recursive: true, force: true });
  }
}

/** What a destination makes of a quick attempt's rows, where the thorough attempt may fare better. */
const AGAIN = ["load_failed", "rows_lost"];

type Run = { input: RunPlanInput; engine: Engine; attempt?: EngineAttempt; timer?: NodeJS.Timeout };

function optionsOf({ input }: Run): AttemptOptions {
  const { plan, tenant, runId, signal, now, onRejects, onNode } = input;
  return { plan, tenant, runId, signal, now, onRejects, onNode, destinationOf: destinationOf(input) };
}

function begin(run: Run, attempt: EngineAttempt): EngineAttempt {
  run.attempt = attempt;
  if (run.timer) clearInterval(run.timer);
  run.timer = setInterval(() => run.input.onProgress?.(progressOf(attempt)), limits.progressMs);
  return attempt;
}

function progressOf({ ledger, reads }: EngineAttempt): PlanProgress {
  const { read } = ledger.totals();
  let rows = 0;
  let expected = 0;
  for (const { bytes, totalBytes, text, rowBytes } of reads) {
    const so = rowBytes > 0 ? Math.round(text / rowBytes) : 0;
    rows += so;
    expected += bytes > 0 ? Math.round((so * totalBytes) / bytes) : 0;
  }
  return { rowsRead: Math.max(read, rows), ...(expected > 0 && { rowsExpected: Math.max(expected, read) }) };
}

/** Clean rows into PostgreSQL, without storing them on the way; undefined: this plan or data needs more. */
async function quickly(run: Run): Promise<PlanOutcome | undefined> {
  const { input, engine } = run;
  const targets = input.plan.steps.filter((step) => step.kind === "target");
  const [target] = targets;
  if (!target || targets.length > 1) return undefined;
  const possible = engine.quick(optionsOf(run));
  if (!possible) return undefined;
  const destination = await input.resolveDestination(target.destination);
  if (destination.kind !== "postgres") return undefined;
  const attempt = begin(run, possible);
  try {
    const rows = await attempt.run();
    const counts = await load(run, attempt, target, rows.get(target.nodeId) as RowSource, destination);
    // An earlier attempt loaded it: only the thorough way tells which rows it had rejected.
    if (counts.already) return undefined;
    for (const { nodeId, kind } of input.plan.steps)
      if (kind !== "target") attempt.ledger.passed(nodeId, counts.in);
    return finished(attempt);
  } catch (error) {
    input.signal?.throwIfAborted();
    // What is wrong with which row, the thorough way finds out; nothing was committed.
    if (isDataError(error) && [...engine.again, ...AGAIN].includes(error.code)) return undefined;
    throw error;
  }
}

async function thoroughly(run: Run): Promise<PlanOutcome> {
  const { input, engine } = run;
  const attempt = begin(run, engine.thorough(optionsOf(run)));
  const targets = await attempt.run();
  const { runId, signal } = input;
  await loadRejects(attempt, { runId, signal, destinationOf: destinationOf(input) });
  for (const step of input.plan.steps) {
    if (step.kind !== "target") continue;
    const destination = await input.resolveDestination(step.destination);
    await load(run, attempt, step, targets.get(step.nodeId) as RowSource, destination);
  }
  return finished(attempt);
}

const destinationOf =
  ({ plan, resolveDestination }: RunPlanInput) =>
  ({ nodeId }: Pick<PlanStep, "nodeId">) =>
    resolveDestination(firstTarget(plan, nodeId).destination);

/** The first target below a node: its destination is the one that the node's tables are in. */
function firstTarget(plan: LogicalPlan, nodeId: string): TargetStep {
  const reached = new Set([nodeId]);
  for (const step of plan.steps) {
    if (!step.inputs.some((input) => reached.has(input.nodeId))) continue;
    if (step.kind === "target") return step;
    reached.add(step.nodeId);
  }
  throw new DataError("no_target", `Nothing below ${nodeId} writes anywhere`);
}

async function load(
  { input }: Run,
  attempt: EngineAttempt,
  step: TargetStep,
  rows: RowSource,
  destination: LoadDestination,
): Promise<LoadCounts> {
  const { runId, signal, onNode } = input;
  onNode?.(step.nodeId, "running");
  const request: LoadInput = { runId, step, rows, signal };
  const counts =
    destination.kind === "postgres"
      ? await loadPostgres(destination, request)
      : await loadDuckdb(destination, request);
  attempt.ledger.load(step.nodeId, counts);
  onNode?.(step.nodeId, "completed", counts);
  return counts;
}

function finished(attempt: EngineAttempt): PlanOutcome {
  const ledger = attempt.ledger.close();
  const { warnings } = attempt;
  if (!ledger.balanced) {
    const error = {
      code: "ledger_unbalanced",
      message: "The ledger of this run does not balance",
      retryable: false,
    };
    return { status: "failed", ledger, warnings, error };
  }
  const clean = ledger.rejected === 0 && !warnings.some(({ code }) => code.endsWith("_warning"));
  return { status: clean ? "completed" : "completed_with_errors", ledger, warnings };
}

function failed({ attempt, input }: Run, error: unknown): PlanOutcome {
  const known = isDataError(error) ? error : undefined;
  const nodeId = known?.place.nodeId;
  if (nodeId) input.onNode?.(nodeId, "failed");
  const ledger = attempt?.ledger.close() ?? emptyLedger();
  const message = known?.message ?? "Something went wrong on our side";
  return {
    status: "failed",
    ledger,
    warnings: attempt?.warnings ?? [],
    error: { code: known?.code ?? "internal", message, ...known?.place, retryable: known?.retryable ?? true },
  };
}

function emptyLedger(): Ledger {
  return {
    balanced: true,
    read: 0,
    loaded: 0,
    rejected: 0,
    filtered: 0,
    deduplicated: 0,
    unmatched: 0,
    nodes: {},
    edges: [],
  };
}
