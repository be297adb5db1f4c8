import { z } from "zod";
import { limits } from "#lib/limits.ts";
import { NodeCounts, RunError, RunStatus } from "#lib/runs/schema.ts";

/** One table of the built-in warehouse. `name` is what goes into `…/warehouse/tables/{name}`. */
export const WarehouseTable = z.object({
  schema: z.string(),
  table: z.string(),
  name: z.string().describe("schema.table"),
  rows: z.number().describe("exact in the embedded warehouse; PostgreSQL's count, taken when asked"),
  columns: z.number(),
  updatedAt: z.string().nullable().describe("ISO 8601 in UTC: when a run last loaded it"),
});
export type WarehouseTable = z.infer<typeof WarehouseTable>;

/** Tables of the tenant's warehouse, by name. */
export const WarehouseTables = z.object({ tables: z.array(WarehouseTable) });
export type WarehouseTables = z.infer<typeof WarehouseTables>;

export const TableParams = z.object({
  table: z.string().min(1).max(128).describe("schema.table"),
});

/** Which rows of a table to show. */
export const ReadTableQuery = z.object({
  limit: z.coerce.number().int().min(1).max(limits.browseRows).default(100),
  offset: z.coerce.number().int().min(0).default(0),
});
export type ReadTableQuery = z.infer<typeof ReadTableQuery>;

/** A value of a table: whole numbers beyond 2^53, decimals, dates and times are text, so that nothing is lost. */
export const CellValue = z.json();

/** Rows of a table, keyed by column. `total` counts the whole table. */
export const TableRows = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string().describe("a type as in an IR") })),
  rows: z.array(z.record(z.string(), CellValue)),
  total: z.number(),
});
export type TableRows = z.infer<typeof TableRows>;

/** What has become of a rejected row. `left_out`: its replay filtered or dropped it, as the pipeline says. */
export const QUARANTINE_STATES = [
  "waiting",
  "edited",
  "replaying",
  "rejected_again",
  "loaded",
  "left_out",
  "discarded",
] as const;
export const QuarantineState = z.enum(QUARANTINE_STATES);
export type QuarantineState = z.infer<typeof QuarantineState>;

/**
 * A rejected row as it stood at the node that rejected it. `row` is null where it could not be opened, and once it was
 * loaded, for its values are erased then.
 */
export const QuarantinedRow = z.object({
  id: z.string(),
  state: QuarantineState,
  nodeId: z.string(),
  rule: z.string(),
  reason: z.string(),
  rowNumber: z.number().nullable().describe("1-based, of the source"),
  row: z.record(z.string(), CellValue).nullable(),
  edited: z.record(z.string(), CellValue).nullable().describe("the fields that somebody changed"),
  columns: z
    .array(z.object({ name: z.string(), type: z.string().describe("a type as in an IR") }))
    .nullable()
    .describe("what a value must fit; null where the row cannot be replayed by itself"),
  masked: z.array(z.string()).describe("fields whose value is hidden from this caller"),
  editedBy: z.string().nullable(),
  editedAt: z.string().nullable(),
  replay: z
    .object({ runId: z.string(), status: RunStatus })
    .nullable()
    .describe("the run that took the row on; where it failed, the row can be taken again"),
  resolvedAt: z.string().nullable(),
  createdAt: z.string(),
  expiresAt: z.string(),
});
export type QuarantinedRow = z.infer<typeof QuarantinedRow>;

export const QuarantineQuery = z.object({
  state: QuarantineState.optional(),
  node: z.string().min(1).max(128).optional(),
  rule: z.string().min(1).max(300).optional(),
  limit: z.coerce.number().int().min(1).max(limits.pageSize).default(limits.pageSizeDefault),
  cursor: z.string().max(64).optional(),
});
export type QuarantineQuery = z.infer<typeof QuarantineQuery>;

/** How many rows of a run are in each state, and at which nodes and rules they were rejected. */
export const QuarantineSummary = z.object({
  states: z.record(QuarantineState, z.int()),
  rules: z.array(z.object({ nodeId: z.string(), rule: z.string(), rows: z.int() })),
});
export type QuarantineSummary = z.infer<typeof QuarantineSummary>;

/** A page of a run's quarantine, in order of arrival. `summary` is of the whole run, whatever the page is of. */
export const QuarantinePage = z.object({
  data: z.array(QuarantinedRow),
  summary: QuarantineSummary,
  pagination: z.object({
    total: z.number(),
    hasMore: z.boolean(),
    limit: z.number(),
    cursor: z.string().nullable(),
  }),
});
export type QuarantinePage = z.infer<typeof QuarantinePage>;

/** One rejected row, named in a path. */
export const QuarantineRowParams = z.object({ runId: z.uuid(), rowId: z.uuid() });

/** Body of `PATCH …/quarantine/{rowId}`: the changed fields. The value that a field had takes its change back. */
export const EditQuarantineInput = z.strictObject({
  row: z.record(z.string().min(1).max(300), CellValue),
});
export type EditQuarantineInput = z.infer<typeof EditQuarantineInput>;

const RowIds = z.array(z.uuid()).min(1).max(limits.replayRows);

/** Body of `POST …/quarantine/replay`: which rows; without it, all that wait. */
export const ReplayQuarantineInput = z.strictObject({ rowIds: RowIds.optional() });
export type ReplayQuarantineInput = z.infer<typeof ReplayQuarantineInput>;

/** A replay that was asked for: its run, and how many rows it takes on. */
export const QuarantineReplayed = z.object({ runId: z.string(), rows: z.int() });
export type QuarantineReplayed = z.infer<typeof QuarantineReplayed>;

/** Body of `POST …/quarantine/discard`. */
export const DiscardQuarantineInput = z.strictObject({
  rowIds: RowIds,
  reason: z.string().trim().min(1).max(500).optional(),
});
export type DiscardQuarantineInput = z.infer<typeof DiscardQuarantineInput>;

/** Body of `POST …/quarantine/restore`: rows that were discarded wait again. */
export const RestoreQuarantineInput = z.strictObject({ rowIds: RowIds });
export type RestoreQuarantineInput = z.infer<typeof RestoreQuarantineInput>;

/** How many rows something was done to. */
export const QuarantineChanged = z.object({ rows: z.int() });
export type QuarantineChanged = z.infer<typeof QuarantineChanged>;

/** One node as a dry run saw it. */
export const PreviewNode = z.object({
  nodeId: z.string(),
  kind: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  counts: NodeCounts.partial(),
  sample: z.array(z.record(z.string(), CellValue)),
  rejects: z.array(
    z.object({ rule: z.string(), reason: z.string(), row: z.record(z.string(), CellValue).nullable() }),
  ),
});
export type PreviewNode = z.infer<typeof PreviewNode>;

/** What a dry run gave for one document; `error` if it did not come to its end. */
export const PreviewSide = z.object({
  nodes: z.array(PreviewNode),
  warnings: z.array(RunError),
  error: RunError.nullable(),
});
export type PreviewSide = z.infer<typeof PreviewSide>;

/** A dry run of two versions side by side over the first rows of each source; nothing is written. */
export const Preview = z.object({
  rows: z.number().describe("rows read of each source at most"),
  before: PreviewSide.nullable(),
  after: PreviewSide,
  changedNodes: z.array(z.string()),
});
export type Preview = z.infer<typeof Preview>;
