import type { IrType, LogicalPlan, PlanStep, SchemaDrift, TargetStep } from "#lib/ir/schema.ts";
import type { Ledger } from "#lib/runs/schema.ts";
import type { LedgerBook } from "../ledger.ts";
import type { LoadDestination, RowSource } from "../loaders/loader.ts";
import type { OpenSources } from "../readable-source.ts";

/**
 * A rejected row on its way to quarantine. `row` is JSON, as the row stood where it was rejected; `columns` are what it
 * must fit there, `op` the place in a transform's list of the op that rejected it.
 */
export type RejectedRow = {
  nodeId: string;
  rule: string;
  reason: string;
  rowNumber: number;
  row: string;
  columns: readonly { name: string; type: IrType }[];
  op?: number;
};

/** A warning of a run, as the run keeps it. */
export type ExecutionWarning = {
  code: string;
  message: string;
  nodeId?: string;
  rule?: string;
  drift?: SchemaDrift;
};

/**
 * What reading tells while it goes on: bytes of the files as they are on disk, of how many; bytes of text handed on,
 * and how many of them a row takes, judged by the first chunk. Of a table, `rowsExpected` is what its source estimates.
 */
export type ReadProgress = {
  bytes: number;
  totalBytes: number;
  text: number;
  rowBytes: number;
  rowsExpected?: number;
  /** A dry run left off here: there may be more. */
  cut?: boolean;
};

/** What an attempt at a plan is given. */
export type AttemptOptions = {
  plan: LogicalPlan;
  tenant: string;
  runId: string;
  signal?: AbortSignal;
  now?: Date;
  /** What each source came with in the last run of the same version. */
  lastColumns?: Ledger["columns"];
  sources: OpenSources;
  /** Where the tables are that a step names. */
  destinationOf: (step: PlanStep) => Promise<LoadDestination>;
  onRejects?: (rows: RejectedRow[]) => Promise<void>;
  onNode?: (nodeId: string, state: "running" | "completed") => void;
  /** The rows go into another database of the engine's kind, which can read files by itself. */
  inPlace?: boolean;
  /** Is told the numbers of the rows that came to a target, before they are loaded. */
  onArrived?: (nodeId: string, rowNumbers: number[]) => void;
};

/** Rejected rows as a validate node wants them copied into its destination. */
export type RejectedCopy = { nodeId: string; table: TargetStep["table"]; rows: RowSource };

/** One attempt at a plan. */
export type EngineAttempt = {
  readonly ledger: LedgerBook;
  readonly warnings: ExecutionWarning[];
  readonly reads: readonly ReadProgress[];
  /** Runs every step but the targets. @returns each target's rows. @throws DataError */
  run: () => Promise<Map<string, RowSource>>;
  /** What is to be copied, once `run` has ended. */
  rejectedCopies: () => RejectedCopy[];
};

/** What turns a plan into rows. {@link runPlan} knows no more of an engine than this. */
export type Engine = {
  /**
   * An attempt in which every row has to hold, so that nothing is counted or stored on the way; undefined if the plan
   * does not allow it. It fails with one of `again` if the thorough attempt has to tell what is wrong.
   */
  quick: (options: AttemptOptions) => EngineAttempt | undefined;
  /** An attempt that counts, keeps and explains. */
  thorough: (options: AttemptOptions) => EngineAttempt;
  /** Codes of failures of a quick attempt that say no more than that it was not the right one. */
  again: readonly string[];
  interrupt: () => void;
  close: () => void;
};
