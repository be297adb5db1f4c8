import { z } from "zod";
import { Id, InputRef, JoinKey, SelectedColumn, TableName } from "../primitives.ts";
import type { NodeKindDescription } from "./node-kind.ts";

export const EnrichWith = z.union(
  [InputRef, z.strictObject({ sourceRef: z.string().min(1).max(64), stream: TableName })],
  { error: 'must be a node id or {"sourceRef", "stream"}' },
);

/**
 * Adds columns of another node or of a saved source's table; keeps every row of its input. Of several rows with one key
 * the first is taken.
 */
export const EnrichNode = z.strictObject({
  id: Id,
  kind: z.literal("enrich"),
  input: InputRef,
  with: EnrichWith,
  on: z.array(JoinKey).min(1).max(16),
  select: z.array(SelectedColumn).min(1).max(200),
});
export type EnrichNode = z.infer<typeof EnrichNode>;

export const enrichKind: NodeKindDescription<EnrichNode> = {
  schema: EnrichNode,
  title: "Enrich",
  summary: "Adds columns of another node or of a saved source; keeps every row.",
  edges: (node) => [
    { ref: node.input, role: "main", at: ["input"] },
    ...(typeof node.with === "string" ? [{ ref: node.with, role: "with" as const, at: ["with"] }] : []),
  ],
  example: {
    id: "named",
    kind: "enrich",
    input: "orders",
    with: "customers",
    on: [{ left: "customer_id", right: "id" }],
    select: ["name"],
  },
};
