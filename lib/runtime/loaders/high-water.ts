import { DataError } from "#lib/connectors/index.ts";
import { formatIrType, WATERMARK_TYPES } from "#lib/ir/index.ts";
import type { IrTypeName } from "#lib/ir/schema.ts";
import type { TypedColumn } from "../engines/duckdb/chain.ts";
import type { LoadCounts, LoadRequest } from "./loader.ts";

/** The table, in the destination, of the high-water marks of `incremental_watermark`. */
export const HIGH_WATER_TABLE = "_penstock_high_water";

/**
 * Whose mark it is: a target's, as far as it loads this table by this column. Another table or column begins anew, and
 * one that is taken up again goes on where it was.
 */
export const HIGH_WATER_KEY = ["pipeline_id", "node_id", "table_name", "column_name"] as const;

/** The columns of that table, for both engines. `value` is text from which the column's type reads it back exactly. */
export const HIGH_WATER_COLUMNS = `${HIGH_WATER_KEY.map((name) => `${name} text not null`).join(", ")},
  value text not null, updated_at timestamptz not null default now(), primary key (${HIGH_WATER_KEY.join(", ")})`;

const NUMBERS: readonly IrTypeName[] = ["smallint", "integer", "bigint", "decimal"];

/** The column that tells what is new. @throws DataError `column_missing`, `watermark_type` */
export function watermarkColumn(
  columns: readonly TypedColumn[],
  { watermarkColumn: wanted = "" }: LoadRequest["step"],
): TypedColumn & { kind: "number" | "text" | "moment" } {
  const column = columns.find(({ name }) => name === wanted);
  if (!column)
    throw new DataError(
      "column_missing",
      `There is no column ${wanted} to tell what is new; there are ${columns.map(({ name }) => name).join(", ")}`,
    );
  const { name } = column.type;
  if (NUMBERS.includes(name)) return { ...column, kind: "number" };
  if (!WATERMARK_TYPES.includes(name))
    throw new DataError("watermark_type", `${wanted} is ${formatIrType(column.type)}, which does not grow`, {
      hint: `Use a column of one of these types: ${WATERMARK_TYPES.join(", ")}`,
    });
  return { ...column, kind: name === "string" ? "text" : "moment" };
}

/** The values of the key of a target's mark, in the key's order. */
export const highWaterOf = (schema: string, { pipelineId, step }: LoadRequest): string[] => [
  pipelineId,
  step.nodeId,
  `${schema}.${step.table.name}`,
  step.watermarkColumn ?? "",
];

/** Counts what was not loaded; rows without a value can never be, which is said. */
export function countLate(counts: LoadCounts, missing: number, step: LoadRequest["step"]): void {
  counts.late = counts.in - counts.inserted;
  if (missing === 0) return;
  const message = `${missing} rows have no value in ${step.watermarkColumn}: they count as late and were not loaded`;
  counts.warnings = [...(counts.warnings ?? []), { code: "watermark_null", message, nodeId: step.nodeId }];
}
