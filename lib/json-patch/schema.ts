import { z } from "zod";

const path = z.string().max(1024).describe("JSON Pointer (RFC 6901)");
const from = path.describe("JSON Pointer (RFC 6901) of the value taken");

/** One operation of RFC 6902; members that the RFC does not know are ignored, as it says. */
export const JsonPatchOp = z.discriminatedUnion("op", [
  z.object({ op: z.literal("add"), path, value: z.json() }),
  z.object({ op: z.literal("remove"), path }),
  z.object({ op: z.literal("replace"), path, value: z.json() }),
  z.object({ op: z.literal("move"), from, path }),
  z.object({ op: z.literal("copy"), from, path }),
  z.object({ op: z.literal("test"), path, value: z.json() }),
]);
export type JsonPatchOp = z.infer<typeof JsonPatchOp>;

/** A whole patch (RFC 6902): operations applied in order, all or none. */
export const JsonPatch = z.array(JsonPatchOp).max(1000);
export type JsonPatch = z.infer<typeof JsonPatch>;

/** Why a patch was refused; `index` counts operations from 0. */
export const JsonPatchError = z.strictObject({
  index: z.int(),
  pointer: z.string(),
  code: z.enum([
    "bad_operation",
    "bad_pointer",
    "bad_index",
    "forbidden_segment",
    "path_not_found",
    "test_failed",
    "move_into_itself",
    "too_large",
  ]),
  message: z.string(),
});
export type JsonPatchError = z.infer<typeof JsonPatchError>;
