import type { Readable } from "node:stream";
import type pg from "pg";
import type { TargetStep } from "#lib/ir/schema.ts";
import type { NodeCounts } from "#lib/runs/schema.ts";
import type { TypedColumn } from "../engines/duckdb/chain.ts";
import type { Warehouse } from "../warehouse.ts";

/** Where a target writes, resolved and ready to be connected to. */
export type LoadDestination =
  | { kind: "postgres"; connect: () => Promise<pg.Client>; defaultSchema: string }
  | { kind: "duckdb"; warehouse: Warehouse };

/** What became of a target's rows. They add up to `in`. */
export type LoadCounts = Required<
  Pick<
    NodeCounts,
    "in" | "inserted" | "updated" | "deleted" | "unchanged" | "late" | "rejected" | "deduplicated"
  >
> & { already?: boolean };

/** A target's rows, in whichever form its loader takes them. */
export type RowSource = {
  columns: TypedColumn[];
  /** A parenthesised query over files in scratch. */
  from: () => string;
  /** CSV as PostgreSQL's COPY reads it; `done` tells how many rows it held. */
  csv: () => Promise<{ stream: Readable; done: Promise<number> }>;
};

/** One load: everything, and the mark that it happened, in one transaction. */
export type LoadInput = {
  runId: string;
  step: Pick<
    TargetStep,
    "nodeId" | "table" | "loadMode" | "upsertKey" | "schemaEvolution" | "allowEmpty" | "preHook" | "postHook"
  >;
  rows: RowSource;
  signal?: AbortSignal;
};

/** Counts of nothing. */
export function noCounts(): LoadCounts {
  return { in: 0, inserted: 0, updated: 0, deleted: 0, unchanged: 0, late: 0, rejected: 0, deduplicated: 0 };
}
