import { z } from "zod";
import { ColumnName, ColumnNames, Id, InputRef, TableName } from "../primitives.ts";
import type { NodeKindDescription } from "./node-kind.ts";

export const LOAD_MODES = [
  "append",
  "truncate",
  "upsert",
  "blue_green",
  "incremental_watermark",
  "cdc_mirror",
] as const;
export type LoadMode = (typeof LOAD_MODES)[number];

/** Writes its input into one table of a destination, in one transaction. */
export const TargetNode = z.strictObject({
  id: Id,
  kind: z.literal("target"),
  input: InputRef,
  destination: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("name of a destination; default: built-in warehouse"),
  schema: TableName.describe("the table: name or schema.table"),
  loadMode: z.enum(LOAD_MODES),
  upsertKey: ColumnNames.optional().describe("needed by upsert"),
  watermarkColumn: ColumnName.optional().describe("needed by incremental_watermark"),
  schemaEvolution: z.enum(["evolve", "freeze"]).optional().describe("default evolve: new columns are added"),
  allowEmpty: z.boolean().optional().describe("truncate: 0 rows may empty the table; default false"),
  preHook: z.string().min(1).max(2000).optional().describe("one allow-listed statement before the load"),
  postHook: z.string().min(1).max(2000).optional().describe("one allow-listed statement after the load"),
});
export type TargetNode = z.infer<typeof TargetNode>;

export const targetKind: NodeKindDescription<TargetNode> = {
  schema: TargetNode,
  title: "Target",
  summary: "Writes its input into one table, in one transaction.",
  edges: (node) => [{ ref: node.input, role: "main", at: ["input"] }],
  example: { id: "load", kind: "target", input: "check", schema: "shop.orders", loadMode: "append" },
};
