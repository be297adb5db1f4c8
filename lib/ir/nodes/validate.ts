import { z } from "zod";
import { ColumnName, ColumnNames, Id, InputRef, TableName } from "../primitives.ts";
import type { NodeKindDescription } from "./node-kind.ts";

const onFail = z.enum(["abort", "warn"]).optional().describe("default abort");
const count = z.int().min(0);

/** Dataset checks, in the order in which they are reported. */
export const DATASET_CHECKS = [
  "rowCount",
  "freshness",
  "fkIntegrity",
  "cardinality",
  "duplicateKey",
] as const;
export type DatasetCheckName = (typeof DATASET_CHECKS)[number];

export const DatasetLevel = z.strictObject({
  rowCount: z.strictObject({ min: count.optional(), max: count.optional(), onFail }).optional(),
  freshness: z
    .strictObject({ field: ColumnName, maxAgeMinutes: z.number().positive(), onFail })
    .optional()
    .describe("the newest value of `field` is not older than this"),
  fkIntegrity: z
    .strictObject({
      field: ColumnName,
      references: z.strictObject({
        node: Id.optional().describe("a node of this pipeline, or"),
        table: TableName.optional().describe("a table in the destination"),
        field: ColumnName,
      }),
      onFail,
    })
    .optional(),
  cardinality: z
    .strictObject({ field: ColumnName, min: count.optional(), max: count.optional(), onFail })
    .optional()
    .describe("number of distinct values of `field`"),
  duplicateKey: z.strictObject({ fields: ColumnNames, onFail }).optional(),
});
export type DatasetLevel = z.infer<typeof DatasetLevel>;

/** What happens to a row that fails its rule. */
export const ROW_ACTIONS = ["quarantine", "drop", "warn", "abort"] as const;

export const RowRule = z.strictObject({
  id: Id,
  field: ColumnName,
  rule: z.string().min(1).max(1000).describe('e.g. "not_null", "between:1,10", "in:a,b", "regex:^A"'),
  onFail: z.enum(ROW_ACTIONS).optional().describe("default quarantine"),
});
export type RowRule = z.infer<typeof RowRule>;

/** Checks the whole input and each row; passes the rows that hold. */
export const ValidateNode = z.strictObject({
  id: Id,
  kind: z.literal("validate"),
  input: InputRef,
  datasetLevel: DatasetLevel.optional(),
  rowLevel: z.array(RowRule).max(200).optional(),
  quarantine: z
    .strictObject({ table: TableName.optional().describe("copy of the rejected rows in the destination") })
    .optional(),
});
export type ValidateNode = z.infer<typeof ValidateNode>;

export const validateKind: NodeKindDescription<ValidateNode> = {
  schema: ValidateNode,
  title: "Validate",
  summary: "Checks the whole input and each row; rejected rows go to quarantine.",
  edges: (node) => {
    const references = node.datasetLevel?.fkIntegrity?.references.node;
    const at = ["datasetLevel", "fkIntegrity", "references", "node"];
    return [
      { ref: node.input, role: "main", at: ["input"] },
      ...(references === undefined ? [] : [{ ref: references, role: "references" as const, at }]),
    ];
  },
  example: {
    id: "check",
    kind: "validate",
    input: "orders",
    datasetLevel: { rowCount: { min: 1, onFail: "abort" } },
    rowLevel: [{ id: "id_there", field: "id", rule: "not_null", onFail: "quarantine" }],
  },
};
