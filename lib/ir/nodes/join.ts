import { z } from "zod";
import { Id, InputRef, JoinKey } from "../primitives.ts";
import type { NodeKindDescription } from "./node-kind.ts";

/** Joins two nodes. Its columns are those of `joinColumns` in columns.ts. */
export const JoinNode = z.strictObject({
  id: Id,
  kind: z.literal("join"),
  left: InputRef,
  right: InputRef,
  on: z.array(JoinKey).min(1).max(16),
  how: z.enum(["inner", "left", "right", "full"]),
});
export type JoinNode = z.infer<typeof JoinNode>;

export const joinKind: NodeKindDescription<JoinNode> = {
  schema: JoinNode,
  title: "Join",
  summary: "Joins two nodes on equal columns.",
  edges: (node) => [
    { ref: node.left, role: "left", at: ["left"] },
    { ref: node.right, role: "right", at: ["right"] },
  ],
  example: {
    id: "both",
    kind: "join",
    left: "orders",
    right: "customers",
    on: [{ left: "customer_id", right: "id" }],
    how: "left",
  },
};
