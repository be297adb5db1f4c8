import { z } from "zod";
import { Op } from "../ops.ts";
import { Id, InputRef } from "../primitives.ts";
import type { Edge, NodeKindDescription } from "./node-kind.ts";

/** Applies its ops to every row, in order. */
export const TransformNode = z.strictObject({
  id: Id,
  kind: z.literal("transform"),
  input: InputRef,
  ops: z.array(Op).max(200),
});
export type TransformNode = z.infer<typeof TransformNode>;

export const transformKind: NodeKindDescription<TransformNode> = {
  schema: TransformNode,
  title: "Transform",
  summary: "Changes columns and rows by a list of ops, in order.",
  edges: (node) => [
    { ref: node.input, role: "main", at: ["input"] },
    ...node.ops.flatMap((op, index): Edge[] =>
      op.op === "lookup_join" ? [{ ref: op.with, role: "lookup", at: ["ops", index, "with"] }] : [],
    ),
  ],
  example: { id: "clean", kind: "transform", input: "orders", ops: [{ op: "rename", from: "nr", to: "id" }] },
};
