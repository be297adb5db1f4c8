import fastJsonPatch from "fast-json-patch";
import type { JsonPatchOp } from "./schema.ts";

/** A patch that turns `before` into `after`; neither is changed, and the patch shares nothing with them. */
export function diff(before: unknown, after: unknown): JsonPatchOp[] {
  const ops = fastJsonPatch.compare({ document: before } as object, { document: after } as object);
  return ops.map((op) => ({ ...op, path: op.path.slice("/document".length) })) as JsonPatchOp[];
}
