import { z } from "zod";

/** Kinds of destination a target can write to. */
export const DESTINATION_KINDS = ["duckdb", "postgres"] as const;
export type DestinationKind = (typeof DESTINATION_KINDS)[number];

/** Name under which the built-in warehouse may be written out; leaving `destination` out means the same. */
export const WAREHOUSE = "warehouse";

/** What exists for one tenant: loaded by the flow, bounded by the tenant, and given to `parsePipelineIR`. */
export const Catalogue = z.strictObject({
  sources: z.array(z.strictObject({ ref: z.string(), connector: z.string() })),
  destinations: z.array(z.strictObject({ name: z.string(), kind: z.string() })),
  columns: z
    .record(z.string(), z.array(z.strictObject({ name: z.string(), type: z.string() })))
    .optional()
    .describe("columns of source nodes that are known from a connection, by node id"),
  warehouse: z
    .enum(DESTINATION_KINDS)
    .nullable()
    .optional()
    .describe("kind of the built-in warehouse; null: this tenant has none; default duckdb"),
});
export type Catalogue = z.infer<typeof Catalogue>;
