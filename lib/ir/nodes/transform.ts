import { z } from "zod";
import { Op } from "../ops.ts";
import { Id, InputRef } from "../primitives.ts";

/** Applies its ops to every row, in order. */
export const TransformNode = z.strictObject({
  id: Id,
  kind: z.literal("transform"),
  input: InputRef,
  ops: z.array(Op).max(200),
});
export type TransformNode = z.infer<typeof TransformNode>;
