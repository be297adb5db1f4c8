import type { Expression } from "./expression/ast.ts";
import type { Hook } from "./hook.ts";
import type { InputRole } from "./nodes/node-kind.ts";
import type { FileSourceConfig, FileSourceNode, TableSourceConfig, TableSourceNode } from "./nodes/source.ts";
import type { LoadMode } from "./nodes/target.ts";
import type { Metric } from "./ops.ts";
import type { JoinKey, Scalar } from "./primitives.ts";
import type { ParsedRule } from "./rule.ts";
import type { TableRef } from "./table-ref.ts";
import type { IrType } from "./types.ts";

/** A column, with its type where it is known. */
export type Column = { name: string; type?: IrType };

/** One edge, seen from its consumer. `output` is the case (or default) of a branch. */
export type PlanInput = { nodeId: string; output?: string; role: InputRole };

/** One edge, seen from its producer. */
export type PlanConsumer = { nodeId: string; role: InputRole; output?: string };

/** A column taken from the other side of a lookup, enrichment or join, under its new name. */
export type TakenColumn = { field: string; as: string };

/** An op with its defaults filled in and its texts parsed. `columns`: the columns after it, if known. */
export type PlanOp = (
  | {
      op: "cast";
      field: string;
      to: IrType;
      format?: string;
      onError: "fail" | "null" | "quarantine";
    }
  | { op: "expression"; field: string; expr: Expression }
  | { op: "rename"; from: string; to: string }
  | { op: "drop"; fields: string[] }
  | { op: "add_field"; field: string; value: Scalar }
  | { op: "hash"; field: string; algorithm: "sha256" | "md5"; into: string }
  | { op: "mask_pii"; field: string; strategy: "redact" | "partial" | "email" | "phone" }
  | { op: "map_values"; field: string; mapping: Record<string, Scalar>; default?: Scalar }
  | { op: "split"; field: string; separator: string; into: string[] }
  | { op: "merge"; fields: string[]; separator: string; into: string }
  | { op: "filter"; expr: Expression }
  | { op: "deduplicate"; keys: string[]; keep: "first" | "last"; orderBy?: string }
  | { op: "aggregate"; groupBy: string[]; metrics: Metric[] }
  | {
      op: "lookup_join";
      with: string;
      on: JoinKey[];
      select: TakenColumn[];
      how: "left" | "inner";
    }
  | { op: "summarize"; metrics: Metric[] }
) & { columns?: Column[] };

/** A dataset check with its default filled in. */
export type PlanDatasetCheck = (
  | { check: "rowCount"; min?: number; max?: number }
  | { check: "freshness"; field: string; maxAgeMinutes: number }
  | {
      check: "fkIntegrity";
      field: string;
      references: { node: string; field: string } | { table: TableRef; field: string };
    }
  | { check: "cardinality"; field: string; min?: number; max?: number }
  | { check: "duplicateKey"; fields: string[] }
) & { onFail: "abort" | "warn" };

/** A row rule, parsed. */
export type PlanRowRule = {
  id: string;
  field: string;
  text: string;
  rule: ParsedRule;
  onFail: "quarantine" | "drop" | "warn" | "abort";
};

type StepBase = {
  nodeId: string;
  /** Position of the node in `ir.nodes`. */
  index: number;
  /** Every producer this step reads, its side inputs included. */
  inputs: PlanInput[];
  /** Every step that reads this one, once per edge. */
  consumers: PlanConsumer[];
  /** Output columns, where they are known before anything is read. */
  columns?: Column[];
};

export type FileSourceStep = StepBase & {
  kind: "source";
  family: "file";
  connector: FileSourceNode["connector"];
  sourceRef?: string;
  config: FileSourceConfig & { ordering: NonNullable<FileSourceConfig["ordering"]> };
  /** Types declared in `format.columns`. */
  declared?: Column[];
};
export type TableSourceStep = StepBase & {
  kind: "source";
  family: "table";
  connector: TableSourceNode["connector"];
  sourceRef?: string;
  config: TableSourceConfig;
  table: TableRef;
};
export type SourceStep = FileSourceStep | TableSourceStep;
export type TransformStep = StepBase & { kind: "transform"; ops: PlanOp[] };
export type ValidateStep = StepBase & {
  kind: "validate";
  dataset: PlanDatasetCheck[];
  rows: PlanRowRule[];
  /** Optional copy of rejected rows in the destination. */
  quarantineTable?: TableRef;
};
export type TargetStep = StepBase & {
  kind: "target";
  /** Undefined: the built-in warehouse. */
  destination?: string;
  table: TableRef;
  loadMode: LoadMode;
  upsertKey: string[];
  watermarkColumn?: string;
  schemaEvolution: "evolve" | "freeze";
  allowEmpty: boolean;
  preHook?: Hook;
  postHook?: Hook;
};
export type BranchStep = StepBase & {
  kind: "branch";
  /** Each row goes to the first case that is true. */
  cases: { id: string; when: Expression }[];
  /** Output for rows that match no case; without it they are filtered. */
  default?: string;
};
export type JoinStep = StepBase & {
  kind: "join";
  left: PlanInput;
  right: PlanInput;
  on: JoinKey[];
  how: "inner" | "left" | "right" | "full";
  /** The side whose row numbers the new rows keep; without it they are numbered anew. */
  numberedBy?: "left" | "right";
};
export type EnrichStep = StepBase & {
  kind: "enrich";
  with: PlanInput;
  on: JoinKey[];
  select: TakenColumn[];
};
export type ArchiveStep = StepBase & { kind: "archive"; to: string; compress: "none" | "gz" | "zst" };

/** One node, ready to be executed. */
export type PlanStep =
  | SourceStep
  | TransformStep
  | ValidateStep
  | TargetStep
  | BranchStep
  | JoinStep
  | EnrichStep
  | ArchiveStep;

/**
 * A pipeline as a DAG of work, with everything parsed and every default filled in; made by `compile`.
 * `steps` are in topological order: whatever a step reads stands before it.
 */
export type LogicalPlan = {
  pipelineId: string;
  steps: PlanStep[];
  /** Ids of the targets, in step order; each commits in its own transaction. */
  targets: string[];
  /** Ids of steps that are read by a lookup, enrichment, or foreign-key check. */
  sideInputs: string[];
  /** Original names of columns that any node masks or hashes: their values are shown to few. */
  maskedFields: string[];
  keepRejects: boolean;
  retry: { maxAttempts: number; backoff: "fixed" | "exponential" };
};
