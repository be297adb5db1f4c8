export { applyPatch, type PatchResult } from "./apply-patch.ts";
export { diff } from "./diff.ts";
export { formatPointer, parsePointer } from "./pointer.ts";
export type { JsonPatch, JsonPatchError, JsonPatchOp } from "./schema.ts";
