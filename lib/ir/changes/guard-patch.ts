import type { JsonPatchOp } from "#lib/json-patch/index.ts";
import type { Issue } from "../issue.ts";

const PROTECTED = ["/kind", "/version", "/id"];

const touches = (pointer: string): string | undefined =>
  pointer === ""
    ? "the whole document"
    : PROTECTED.find((path) => pointer === path || pointer.startsWith(`${path}/`));

/** Refuses operations that touch what a patch may not: /kind, /version, /id, or the document as a whole. */
export function guardPatch(patch: readonly JsonPatchOp[]): Issue[] {
  return patch.flatMap((op, index) => {
    if (op.op === "test") return [];
    const touched = touches(op.path) ?? (op.op === "move" ? touches(op.from) : undefined);
    if (touched === undefined) return [];
    return [
      {
        code: "protected_path",
        path: op.path,
        message: `operation ${index} (${op.op} "${op.path}"): a patch may not change ${touched}`,
        hint: "change metadata, schedule, nodes or errorHandling",
      },
    ];
  });
}
