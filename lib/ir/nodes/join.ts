import { z } from "zod";
import { Id, InputRef, JoinKey } from "../primitives.ts";

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
