import { z } from "zod";
import { LineageKind } from "#lib/ir/schema.ts";
import { PipelineParams } from "#lib/pipelines/schema.ts";

/** Query of `GET /api/v1/pipelines/{id}/lineage`. */
export const LineageQuery = z.object({
  version: z.coerce.number().int().min(1).max(1_000_000).optional().describe("the current one unless named"),
});
/** A pipeline in a path and what is asked of it. */
export const LineageInput = PipelineParams.extend(LineageQuery.shape);

/** What a dataset is to the pipeline. */
export const DATASET_ROLES = ["source", "reference", "target", "quarantine", "archive"] as const;

/** A field that a column comes from, or that decides about it. `field` null: the rows as a whole. */
export const LineageFrom = z.object({
  source: z.string().describe("`id` of the dataset"),
  field: z.string().nullable().describe("null: its rows as a whole, or nobody can say which field"),
  kinds: z
    .array(LineageKind)
    .describe(
      "IDENTITY, TRANSFORMATION, AGGREGATION: values come from it; JOIN, FILTER, GROUP_BY, SORT, CONDITIONAL: it only decides",
    ),
  masking: z.boolean().describe("nothing of the field's values can be read in the column"),
});
export type LineageFrom = z.infer<typeof LineageFrom>;

/** A table or files that a pipeline reads or writes; `namespace` and `name` as OpenLineage calls it. */
export const LineageDataset = z.object({
  id: z.string().describe("id of the node; of a copy of rejected rows `node:quarantine`"),
  node: z.string(),
  role: z.enum(DATASET_ROLES),
  namespace: z.string(),
  name: z.string(),
  columns: z.array(z.string()).describe("as far as they are known"),
  complete: z.boolean().describe("false: there may be columns that are not known by name"),
  rest: z
    .array(z.string())
    .describe("of a target that is not complete: datasets whose other columns may pass into it"),
  rows: z.array(LineageFrom).describe("of what is written: what decides which rows there are"),
});
export type LineageDataset = z.infer<typeof LineageDataset>;

/** Where one column of a target comes from. */
export const LineageOfColumn = z.object({
  target: z.string().describe("`id` of the dataset"),
  column: z.string(),
  from: z.array(LineageFrom),
});
export type LineageOfColumn = z.infer<typeof LineageOfColumn>;

/** Another pipeline that writes what this one reads, or reads what it writes. */
export const LineageNeighbour = z.object({
  pipelineId: z.string(),
  slug: z.string(),
  name: z.string(),
  tables: z.array(z.object({ namespace: z.string(), name: z.string() })),
});
export type LineageNeighbour = z.infer<typeof LineageNeighbour>;

/** Answer of `GET /api/v1/pipelines/{id}/lineage`. */
export const PipelineLineage = z.object({
  pipelineId: z.string(),
  slug: z.string(),
  name: z.string(),
  version: z.int(),
  datasets: z.array(LineageDataset),
  columns: z.array(LineageOfColumn),
  upstream: z.array(LineageNeighbour).describe("pipelines that write a table which this one reads"),
  downstream: z.array(LineageNeighbour).describe("pipelines that read a table which this one writes"),
});
export type PipelineLineage = z.infer<typeof PipelineLineage>;

/** Query of `GET /api/v1/lineage`. */
export const TableLineageQuery = z.object({
  table: z
    .string()
    .trim()
    .min(1)
    .max(512)
    .describe("`table`, `schema.table` or `database.schema.table`; of any place where there is one"),
});

/** Which pipelines of the tenant write and read a table. */
export const TableLineage = z.object({
  data: z.array(
    z.object({
      namespace: z.string(),
      name: z.string(),
      writtenBy: z.array(LineageNeighbour.omit({ tables: true })),
      readBy: z.array(LineageNeighbour.omit({ tables: true })),
    }),
  ),
});
export type TableLineage = z.infer<typeof TableLineage>;
