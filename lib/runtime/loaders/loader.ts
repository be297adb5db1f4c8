import type { Readable } from "node:stream";
import type pg from "pg";
import type { TargetStep } from "#lib/ir/schema.ts";
import type { NodeCounts, RunWarning } from "#lib/runs/schema.ts";
import type { TypedColumn } from "../engines/duckdb/chain.ts";
import type { Warehouse } from "../warehouse.ts";

/** Where a target writes, resolved and ready to be connected to. */
export type LoadDestination =
  | { kind: "postgres"; connect: () => Promise<pg.Client>; defaultSchema: string }
  | { kind: "duckdb"; warehouse: Warehouse };

/** What became of a target's rows. They add up to `in`. `already`: an earlier attempt loaded them. */
export type LoadCounts = Required<
  Pick<
    NodeCounts,
    "in" | "inserted" | "updated" | "deleted" | "unchanged" | "late" | "rejected" | "deduplicated"
  >
> & { already?: boolean; warnings?: RunWarning[] };

/** Rows on their way; `done` tells how many there were, if anybody counts them. `see` is shown every chunk. */
export type RowBytes = {
  stream: Readable;
  done: Promise<number | undefined>;
  see?: (chunk: Buffer) => void;
};

/** A target's rows, in whichever form its loader takes them. */
export type RowSource = {
  columns: TypedColumn[];
  /** A parenthesised query over files in scratch. */
  from: () => string;
  /** Is told which share of `from` was read, from 0 to 1. */
  reached?: (share: number) => void;
  /** Fails, once `from` was read, if what it read had changed meanwhile. */
  settled?: () => Promise<void>;
  /** CSV as PostgreSQL's COPY reads it. */
  csv: () => Promise<RowBytes>;
  /** PostgreSQL's binary COPY, of exactly the columns' types. */
  binary?: () => Promise<RowBytes>;
  /** What it means that the stream broke off by itself. */
  explain?: (error: unknown) => unknown;
};

/** One load: everything, and the mark that it happened, in one transaction. */
export type LoadInput = LoadRequest & { rows: RowSource };

/** A load without its rows. */
export type LoadRequest = {
  runId: string;
  /** Of all pipelines anywhere: high-water marks in a destination are told apart by it. */
  pipelineId: string;
  step: Pick<
    TargetStep,
    | "nodeId"
    | "table"
    | "loadMode"
    | "upsertKey"
    | "watermarkColumn"
    | "schemaEvolution"
    | "allowEmpty"
    | "preHook"
    | "postHook"
  >;
  signal?: AbortSignal;
};

/** Counts of nothing. */
export function noCounts(): LoadCounts {
  return { in: 0, inserted: 0, updated: 0, deleted: 0, unchanged: 0, late: 0, rejected: 0, deduplicated: 0 };
}
