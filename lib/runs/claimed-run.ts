import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import type { LogicalPlan, PipelineIr } from "#lib/ir/schema.ts";
import type { ArrivedFiles } from "./arrivals.ts";
import type {
  Ledger,
  NodeCounts,
  RunError,
  RunStatus,
  RunTrigger,
  RunWarning,
  StepStatus,
} from "./schema.ts";

/** What the queue carries: never content, never a secret. */
export type RunJob = { tenantId: string; runId: string };

/** A run that this process, and no other, now works on. */
export type ClaimedRun = {
  /** The product as actor, in the requester's tenant. `ctx.signal` is {@link ClaimedRun.signal}. */
  ctx: Ctx;
  run: {
    id: string;
    pipelineId: string;
    pipelineSlug: string;
    pipelineName: string;
    version: number;
    trigger: RunTrigger;
    /** The time that the run stands for, of those that a schedule or a backfill asked for; date templates use it. */
    scheduledFor: Date | undefined;
    /** The run whose rejected rows this one takes on. */
    replayOf: string | undefined;
    /** 1 for the first start; the fence: a worker with an older number can write nothing more. */
    attempt: number;
    /** How often it was put off because there was no file. */
    waits: number;
    /** When it was begun for the first time. */
    startedAt: Date;
    /** Of a run that files began: those that it may read. */
    arrived: ArrivedFiles | undefined;
  };
  ir: PipelineIr;
  plan: LogicalPlan;
  /** Aborted within a second when someone cancels the run, or when this worker lost it. */
  signal: AbortSignal;
};

/** Progress of one node. What is left out stays as it was. */
export type NodeProgress = {
  nodeId: string;
  status?: StepStatus;
  rowsIn?: number;
  rowsOut?: number;
  rowsRejected?: number;
  counts?: Partial<NodeCounts>;
  error?: RunError;
};

/** Progress of a run. Numbers are totals so far, not increments. What is left out stays as it was. */
export type ProgressUpdate = {
  rowsRead?: number;
  rowsOut?: number;
  rowsRejected?: number;
  rowsExpected?: number;
  nodes?: NodeProgress[];
};

/** One line for the run's log; redacted before it is stored. */
export type LogEntry = {
  level: "debug" | "info" | "warn" | "error";
  message: string;
  nodeId?: string;
  data?: Record<string, unknown>;
};

/** How an attempt ended. `retryable: false` keeps a failure from being tried again (bad data, a wrong key). */
export type RunOutcome = {
  status: Exclude<RunStatus, "queued" | "running">;
  ledger?: Ledger;
  error?: RunError & { retryable?: boolean };
  warnings?: RunWarning[];
  rowsRead?: number;
  rowsOut?: number;
  rowsRejected?: number;
  /** What else is to be written in the transaction that ends the run, if it ends. */
  alongside?: (tx: Tx) => Promise<void>;
  /** What is to be done when that is written, before the pipeline's next run begins. It does not fail. */
  afterwards?: () => Promise<void>;
};

/** Executes one claimed run; without an outcome it was put off. What it throws counts as a failure with code `internal`. */
export type RunHandler = (claimed: ClaimedRun) => Promise<RunOutcome | undefined>;
