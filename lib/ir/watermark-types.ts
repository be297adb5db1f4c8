import type { IrTypeName } from "./types.ts";

/** Types of a column by which `incremental_watermark` can tell what is new. */
export const WATERMARK_TYPES: readonly IrTypeName[] = [
  "smallint",
  "integer",
  "bigint",
  "decimal",
  "date",
  "timestamp",
  "timestamptz",
  "string",
];
