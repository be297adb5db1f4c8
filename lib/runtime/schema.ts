import { z } from "zod";
import { limits } from "#lib/limits.ts";
import { NodeCounts, RunError } from "#lib/runs/schema.ts";

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

/** A rejected row as it stood at the node that rejected it. `row` is null where it could not be opened. */
export const QuarantinedRow = z.object({
  id: z.string(),
  nodeId: z.string(),
  rule: z.string(),
  reason: z.string(),
  rowNumber: z.number().nullable().describe("1-based, of the source"),
  row: z.record(z.string(), CellValue).nullable(),
  masked: z.array(z.string()).describe("fields whose value is hidden from this caller"),
  createdAt: z.string(),
  expiresAt: z.string(),
});
export type QuarantinedRow = z.infer<typeof QuarantinedRow>;

export const QuarantineQuery = z.object({
  limit: z.coerce.number().int().min(1).max(limits.pageSize).default(limits.pageSizeDefault),
  cursor: z.string().max(64).optional(),
});
export type QuarantineQuery = z.infer<typeof QuarantineQuery>;

/** A page of a run's quarantine, in order of arrival. */
export const QuarantinePage = z.object({
  data: z.array(QuarantinedRow),
  pagination: z.object({
    total: z.number(),
    hasMore: z.boolean(),
    limit: z.number(),
    cursor: z.string().nullable(),
  }),
});
export type QuarantinePage = z.infer<typeof QuarantinePage>;

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
