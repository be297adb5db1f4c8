import { z } from "zod";
import {
  ColumnName,
  ColumnNames,
  ExpressionText,
  Id,
  JoinKey,
  Scalar,
  SelectedColumn,
} from "./primitives.ts";

const field = ColumnName.describe("column the op works on");

/** Aggregate functions of `aggregate` and `summarize`. */
export const METRIC_FUNCTIONS = [
  "count",
  "count_distinct",
  "sum",
  "avg",
  "min",
  "max",
  "median",
  "stddev",
  "first",
  "last",
] as const;

/** One aggregated column. `field` may be left out for `count` alone (it then counts rows). */
export const Metric = z.strictObject({
  fn: z.enum(METRIC_FUNCTIONS),
  field: ColumnName.optional(),
  as: ColumnName.describe("name of the new column"),
});
export type Metric = z.infer<typeof Metric>;

export const CastOp = z.strictObject({
  op: z.literal("cast"),
  field,
  to: z.string().min(1).max(64).describe("a type name such as integer, decimal(12,2), date, timestamp"),
  format: z.string().min(1).max(64).optional().describe("strptime format of dates and times, e.g. %d.%m.%Y"),
  onError: z.enum(["fail", "null", "quarantine"]).optional().describe("default fail"),
});
export const ExpressionOp = z.strictObject({
  op: z.literal("expression"),
  field: ColumnName.describe("column set or added"),
  expr: ExpressionText,
});
export const RenameOp = z.strictObject({ op: z.literal("rename"), from: ColumnName, to: ColumnName });
export const DropOp = z.strictObject({ op: z.literal("drop"), fields: ColumnNames });
export const AddFieldOp = z.strictObject({ op: z.literal("add_field"), field: ColumnName, value: Scalar });
export const HashOp = z.strictObject({
  op: z.literal("hash"),
  field,
  algorithm: z.enum(["sha256", "md5"]),
  into: ColumnName.optional().describe("default: the same column"),
});
export const MaskPiiOp = z.strictObject({
  op: z.literal("mask_pii"),
  field,
  strategy: z.enum(["redact", "partial", "email", "phone"]),
});
export const MapValuesOp = z.strictObject({
  op: z.literal("map_values"),
  field,
  mapping: z.record(z.string().max(1000), Scalar),
  default: Scalar.optional().describe("for values not in the mapping; without it they stay as they are"),
});
export const SplitOp = z.strictObject({
  op: z.literal("split"),
  field,
  separator: z.string().min(1).max(16),
  into: ColumnNames,
});
export const MergeOp = z.strictObject({
  op: z.literal("merge"),
  fields: ColumnNames,
  separator: z.string().max(16),
  into: ColumnName,
});
export const FilterOp = z.strictObject({
  op: z.literal("filter"),
  expr: ExpressionText.describe("rows for which it is true stay"),
});
export const DeduplicateOp = z.strictObject({
  op: z.literal("deduplicate"),
  keys: ColumnNames,
  keep: z.enum(["first", "last"]).optional().describe("default first"),
  orderBy: ColumnName.optional().describe(
    "column that orders equal rows, ascending; default: order of arrival",
  ),
});
export const AggregateOp = z.strictObject({
  op: z.literal("aggregate"),
  groupBy: ColumnNames,
  metrics: z.array(Metric).min(1).max(100),
});
export const LookupJoinOp = z.strictObject({
  op: z.literal("lookup_join"),
  with: Id.describe("id of the node looked up in"),
  on: z.array(JoinKey).min(1).max(16),
  select: z.array(SelectedColumn).min(1).max(200).describe("columns taken from the other node"),
  how: z.enum(["left", "inner"]).optional().describe("default left"),
});
export const SummarizeOp = z.strictObject({
  op: z.literal("summarize"),
  metrics: z.array(Metric).min(1).max(100),
});

/** One step of a transform, told apart by `op`. */
export const Op = z.discriminatedUnion("op", [
  CastOp,
  ExpressionOp,
  RenameOp,
  DropOp,
  AddFieldOp,
  HashOp,
  MaskPiiOp,
  MapValuesOp,
  SplitOp,
  MergeOp,
  FilterOp,
  DeduplicateOp,
  AggregateOp,
  LookupJoinOp,
  SummarizeOp,
]);
export type Op = z.infer<typeof Op>;
export type OpName = Op["op"];

/** Every op, in the order of the documentation. */
export const OP_NAMES = [
  "cast",
  "expression",
  "rename",
  "drop",
  "add_field",
  "hash",
  "mask_pii",
  "map_values",
  "split",
  "merge",
  "filter",
  "deduplicate",
  "aggregate",
  "lookup_join",
  "summarize",
] as const satisfies readonly OpName[];
