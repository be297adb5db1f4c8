import { z } from "zod";
import { ExpressionText, Id, InputRef } from "../primitives.ts";
import type { NodeKindDescription } from "./node-kind.ts";

/**
 * Sends each row to the first case whose `when` is true, else to `default`; without a default the row is
 * left out (counted as filtered). Consumers read `branch_id:case`.
 */
export const BranchNode = z.strictObject({
  id: Id,
  kind: z.literal("branch"),
  input: InputRef,
  cases: z
    .array(z.strictObject({ id: Id, when: ExpressionText }))
    .min(1)
    .max(50),
  default: Id.optional().describe("name of the output for rows that match no case"),
});
export type BranchNode = z.infer<typeof BranchNode>;

export const branchKind: NodeKindDescription<BranchNode> = {
  schema: BranchNode,
  title: "Branch",
  summary: "Sends each row to the first case that is true.",
  edges: (node) => [{ ref: node.input, role: "main", at: ["input"] }],
  example: {
    id: "split",
    kind: "branch",
    input: "orders",
    cases: [{ id: "big", when: "amount > 100" }],
    default: "rest",
  },
};
