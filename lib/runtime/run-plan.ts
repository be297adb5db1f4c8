import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { DataError, isDataError } from "#lib/connectors/index.ts";
import { openDuckdb } from "#lib/duckdb.ts";
import type { LogicalPlan, TargetStep } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import type { Ledger, RunError, RunWarning } from "#lib/runs/schema.ts";
import type { Chain } from "./engines/duckdb/chain.ts";
import { csvOf } from "./engines/duckdb/csv-out.ts";
import { Execution, type ExecutionOptions, type RejectedRow } from "./engines/duckdb/execution.ts";
import { mayPassThrough, passThrough, readsAlike } from "./engines/duckdb/pass-through.ts";
import { isRowPreserving } from "./engines/duckdb/row-preserving.ts";
import { loadDuckdb } from "./loaders/load-duckdb.ts";
import { loadPostgres } from "./loaders/load-postgres.ts";
import { loadRejects } from "./loaders/load-rejects.ts";
import type { LoadCounts, LoadDestination, LoadInput } from "./loaders/loader.ts";
import { referenceValues } from "./loaders/reference-values.ts";

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
  const engine = await openDuckdb({
    memoryBytes: input.engine?.memoryBytes ?? limits.engineBytes,
    threads: input.engine?.threads ?? 2,
    directories: [scratchDir],
    spill: path.join(scratchDir, "spill"),
  });
  const interrupt = () => engine.interrupt();
  signal?.addEventListener("abort", interrupt, { once: true });
  const attempt: Attempt = { input, engine };
  try {
    await input.onRestart?.();
    const quick = await quickly(attempt);
    if (quick) return quick;
    return await thoroughly(attempt);
  } catch (error) {
    signal?.throwIfAborted();
    return failed(attempt, error);
  } finally {
    signal?.removeEventListener("abort", interrupt);
    if (attempt.timer) clearInterval(attempt.timer);
    engine.close();
    await rm(scratchDir, { recursive: true, force: true });
  }
}

/** What the quick way leaves to the thorough one: it finds out which row, or reads what the quick way cannot. */
const AGAIN = ["row_failed", "engine_error", "odd_quotes", "load_failed", "rows_lost", "check_failed"];

type Attempt = {
  input: RunPlanInput;
  engine: Awaited<ReturnType<typeof openDuckdb>>;
  execution?: Execution;
  timer?: NodeJS.Timeout;
};

function begin(attempt: Attempt, more: Partial<ExecutionOptions>): Execution {
  const { input, engine } = attempt;
  const { plan, tenant, scratchDir: scratch, signal, now, onRejects, onNode } = input;
  const execution = new Execution({ plan, tenant, scratch, engine, signal, now, onRejects, onNode, ...more });
  attempt.execution = execution;
  if (attempt.timer) clearInterval(attempt.timer);
  attempt.timer = setInterval(() => input.onProgress?.(progressOf(execution)), limits.progressMs);
  return execution;
}

function progressOf(execution: Execution): PlanProgress {
  const { read } = execution.ledger.totals();
  let rows = 0;
  let expected = 0;
  for (const { bytes, totalBytes, text, rowBytes } of execution.reads) {
    const so = rowBytes > 0 ? Math.round(text / rowBytes) : 0;
    rows += so;
    expected += bytes > 0 ? Math.round((so * totalBytes) / bytes) : 0;
  }
  return { rowsRead: Math.max(read, rows), ...(expected > 0 && { rowsExpected: Math.max(expected, read) }) };
}

/** Clean rows of one file into PostgreSQL, without storing them on the way; undefined: this plan or data needs more. */
async function quickly(attempt: Attempt): Promise<PlanOutcome | undefined> {
  const { input } = attempt;
  if (!isRowPreserving(input.plan)) return undefined;
  const asIs = mayPassThrough(input.plan);
  const whole = input.plan.steps.some((step) => step.kind === "validate" && step.dataset.length > 0);
  if (whole && !asIs) return undefined;
  const target = input.plan.steps.find((step) => step.kind === "target") as TargetStep;
  const destination = await input.resolveDestination(target.destination);
  if (destination.kind !== "postgres") return undefined;
  const referenceTable = referencesOf(attempt);
  const execution = begin(attempt, { strict: true, onRejects: undefined, referenceTable });
  try {
    const chain = (await execution.run()).get(target.nodeId) as Chain;
    const alike = readsAlike(chain);
    if (whole && !alike) return undefined;
    const counts = await load(attempt, execution, target, chain, destination, asIs && alike);
    // An earlier attempt loaded it: only the thorough way tells which rows it had rejected.
    if (counts.already) return undefined;
    for (const { nodeId, kind } of input.plan.steps)
      if (kind !== "target") execution.ledger.passed(nodeId, counts.in);
    return finished(execution);
  } catch (error) {
    input.signal?.throwIfAborted();
    // What is wrong with which row, the thorough way finds out; nothing was committed.
    if (isDataError(error) && AGAIN.includes(error.code)) return undefined;
    throw error;
  }
}

async function thoroughly(attempt: Attempt): Promise<PlanOutcome> {
  const { input } = attempt;
  const resolve = (step: { destination?: string }) => input.resolveDestination(step.destination);
  const execution = begin(attempt, { referenceTable: referencesOf(attempt) });
  const targets = await execution.run().catch(async (error: unknown) => {
    throw await located(attempt, error);
  });
  await loadRejects({ execution, input, resolve, firstTarget: (nodeId) => firstTarget(input.plan, nodeId) });
  for (const step of input.plan.steps) {
    if (step.kind !== "target") continue;
    await load(attempt, execution, step, targets.get(step.nodeId) as Chain, await resolve(step));
  }
  return finished(execution);
}

/**
 * Nodes that work row by row run as one query, which says what it could not compute but not where: computed op by op,
 * the same rows tell. Only runs that fail anyway pay for it.
 */
async function located(attempt: Attempt, error: unknown): Promise<unknown> {
  attempt.input.signal?.throwIfAborted();
  if (!isDataError(error) || error.code !== "engine_error" || error.place.rule !== undefined) return error;
  const { plan, tenant, scratchDir: scratch, signal, now } = attempt.input;
  const again = new Execution({
    plan,
    tenant,
    scratch,
    signal,
    now,
    engine: attempt.engine,
    referenceTable: referencesOf(attempt),
    storeAll: true,
    stepwise: true,
  });
  return again.run().then(
    () => error,
    (found: unknown) => (isDataError(found) && found.code === error.code ? found : error),
  );
}

function referencesOf({ input, engine }: Attempt): ExecutionOptions["referenceTable"] {
  return async (step, table, field) => {
    const { destination } = firstTarget(input.plan, step.nodeId);
    return referenceValues(
      await input.resolveDestination(destination),
      table,
      field,
      input.scratchDir,
      engine,
    );
  };
}

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
  { input }: Attempt,
  execution: Execution,
  step: TargetStep,
  chain: Chain,
  destination: LoadDestination,
  asIs = false,
): Promise<LoadCounts> {
  const { runId, signal, onNode } = input;
  onNode?.(step.nodeId, "running");
  const rows = {
    columns: chain.columns,
    from: () => chain.sql(),
    csv: () =>
      asIs
        ? passThrough(execution, chain)
        : csvOf(execution.queries, chain, input.scratchDir, step.loadMode === "upsert"),
  };
  const request: LoadInput = { runId, step, rows, signal };
  const counts =
    destination.kind === "postgres"
      ? await loadPostgres(destination, request)
      : await loadDuckdb(destination, request);
  execution.ledger.load(step.nodeId, counts);
  onNode?.(step.nodeId, "completed", counts);
  return counts;
}

function finished(execution: Execution): PlanOutcome {
  const ledger = execution.ledger.close();
  const { warnings } = execution;
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

function failed({ execution, input }: Attempt, error: unknown): PlanOutcome {
  const known = isDataError(error) ? error : undefined;
  const nodeId = known?.place.nodeId;
  if (nodeId) input.onNode?.(nodeId, "failed");
  const ledger = execution?.ledger.close() ?? emptyLedger();
  const message = known?.message ?? "Something went wrong on our side";
  return {
    status: "failed",
    ledger,
    warnings: execution?.warnings ?? [],
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
