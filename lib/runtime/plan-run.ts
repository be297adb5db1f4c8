import { DataError } from "#lib/connectors/index.ts";
import type { LogicalPlan, PlanStep, TargetStep } from "#lib/ir/schema.ts";
import type { Ledger, RunWarning } from "#lib/runs/schema.ts";
import type { FeedBook } from "./changes/feeds.ts";
import { duckdbEngine } from "./engines/duckdb/engine.ts";
import type { Engine, EngineAttempt, ReadProgress, RejectedRow } from "./engines/engine.ts";
import type { LedgerBook } from "./ledger.ts";
import { loadDuckdb } from "./loaders/load-duckdb.ts";
import { loadPostgres } from "./loaders/load-postgres.ts";
import type { LoadCounts, LoadDestination, LoadRequest, RowSource } from "./loaders/loader.ts";
import type { PlanProgress } from "./plan-progress.ts";
import type { OpenSources, ResolveSource } from "./readable-source.ts";
import { takesIncrements, targetsBelow } from "./table-pairs.ts";

export type RunPlanInput = {
  plan: LogicalPlan;
  tenant: string;
  runId: string;
  /** Of all pipelines anywhere; left out, the id in the plan, which only the tenant's are told apart by. */
  pipelineId?: string;
  /** A folder of this run's own; it is made, and removed at the end. */
  scratchDir: string;
  /** The destination of that name; undefined is the built-in warehouse. */
  resolveDestination: (name: string | undefined) => Promise<LoadDestination>;
  /** Where source steps read. Default: files of this machine that the tenant may read, and nothing else. */
  resolveSource?: ResolveSource;
  /** What is followed at sources, for targets that mirror them. */
  feeds?: FeedBook;
  signal?: AbortSignal;
  now?: Date;
  /** What each source came with in the last run of the same version. */
  lastColumns?: Ledger["columns"];
  onProgress?: (progress: PlanProgress) => void;
  onNode?: (nodeId: string, state: "running" | "completed" | "failed", counts?: LoadCounts) => void;
  /** Called, and waited for, when a target's rows are committed. */
  onLoaded?: (nodeId: string) => Promise<void>;
  onRejects?: (rows: RejectedRow[]) => Promise<void>;
  /** Is told the numbers of the rows that came to a target; with it, every row is counted and kept on the way. */
  onArrived?: (nodeId: string, rowNumbers: number[]) => void;
  /** Called before rejected rows are handed out, and again if they are handed out anew. */
  onRestart?: () => Promise<void>;
  /** Threads and memory of the engine. */
  engine?: { threads?: number; memoryBytes?: number };
};

/** One run of a plan, under way. */
export type Run = {
  input: RunPlanInput;
  sources: OpenSources;
  /** What has ended. */
  book: LedgerBook;
  warnings: RunWarning[];
  engines: Set<Engine>;
  attempt?: EngineAttempt;
  /** Tables on their way into a target, and how many more there will be. */
  reading: Set<ReadProgress>;
  toCome: number;
};

/** Opens an engine for some work. */
export async function withEngine<T>(
  run: Run,
  scratch: string,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = duckdbEngine({ scratch, ...run.input.engine });
  run.engines.add(engine);
  try {
    return await work(engine);
  } finally {
    run.engines.delete(engine);
    engine.close();
  }
}

/** What an attempt came to is the run's. */
export function conclude(run: Run, { ledger, warnings }: EngineAttempt): void {
  run.book.absorb(ledger);
  run.warnings.push(...warnings);
  run.attempt = undefined;
}

/** Where the tables are that a step names. */
export const destinationOf =
  ({ plan, resolveDestination }: Pick<RunPlanInput, "plan" | "resolveDestination">) =>
  ({ nodeId }: Pick<PlanStep, "nodeId">) =>
    resolveDestination(firstTarget(plan, nodeId).destination);

/** The first target below a node: its destination is the one that the node's tables are in. */
function firstTarget(plan: LogicalPlan, nodeId: string): TargetStep {
  const [first] = targetsBelow(plan, nodeId);
  if (!first) throw new DataError("no_target", `Nothing below ${nodeId} writes anywhere`);
  return first;
}

/** The pipeline that a run is one of. */
export const pipelineOf = ({ pipelineId, plan }: RunPlanInput): string => pipelineId ?? plan.pipelineId;

/** What a target asks of its loader. */
export function requestOf({ input }: Run, step: TargetStep): LoadRequest {
  const { runId, signal, plan } = input;
  return {
    runId,
    pipelineId: pipelineOf(input),
    step: { ...step, allowEmpty: step.allowEmpty || takesIncrements(plan, step) },
    signal,
  };
}

/** Loads what the engine made for a target. */
export async function load(
  run: Run,
  book: LedgerBook,
  step: TargetStep,
  rows: RowSource,
  destination: LoadDestination,
): Promise<LoadCounts> {
  run.input.onNode?.(step.nodeId, "running");
  const request = { ...requestOf(run, step), rows };
  const counts =
    destination.kind === "postgres"
      ? await loadPostgres(destination, request)
      : await loadDuckdb(destination, request);
  await loaded(run, book, step, counts);
  return counts;
}

/** A target is committed: it is counted, and told. */
export async function loaded(
  { input, warnings }: Run,
  book: LedgerBook,
  { nodeId }: TargetStep,
  { warnings: said = [], ...counts }: LoadCounts,
) {
  book.load(nodeId, counts);
  // A target that was loaded by an earlier attempt may be asked twice.
  for (const one of said)
    if (!warnings.some(({ code, nodeId: at }) => code === one.code && at === nodeId)) warnings.push(one);
  await input.onLoaded?.(nodeId);
  input.onNode?.(nodeId, "completed", counts);
}
