import { z } from "zod";
import type { Issue } from "#lib/errors.ts";
import { JsonPatchOp } from "#lib/json-patch/schema.ts";

/**
 * What a model is bound to write. Six flat properties, all required, none untyped, no ranges: the subset that every
 * provider's strict mode takes. A free `value` is not in it, so a value travels as JSON text.
 */
export const PatchWire = z.object({
  rationale: z.string().describe("what the patch does and why, for the user; or the answer to a question"),
  patch: z
    .array(
      z.object({
        op: z.enum(["add", "remove", "replace", "move", "copy", "test"]),
        path: z.string().describe("JSON Pointer"),
        from: z.string().nullable().describe("JSON Pointer; move and copy only, else null"),
        valueJson: z
          .string()
          .nullable()
          .describe("the value as JSON text; add, replace and test only, else null"),
      }),
    )
    .describe("RFC 6902 operations in order; empty when nothing changes"),
});
export type PatchWire = z.infer<typeof PatchWire>;

const Op = PatchWire.shape.patch.element.transform((wire, context): JsonPatchOp => {
  const { op, path } = wire;
  if (op === "remove") return { op, path };
  if (op === "move" || op === "copy") {
    if (wire.from === null) context.addIssue({ code: "custom", message: `"${op}" needs \`from\`` });
    return { op, path, from: wire.from ?? "" };
  }
  if (wire.valueJson === null) {
    context.addIssue({ code: "custom", message: `"${op}" needs \`valueJson\`` });
    return z.NEVER;
  }
  try {
    return { op, path, value: JSON.parse(wire.valueJson) };
  } catch {
    context.addIssue({ code: "custom", message: `\`valueJson\` of "${op}" at "${path}" is not JSON text` });
    return z.NEVER;
  }
});

/** The same, as RFC 6902 operations: `valueJson` parsed, members that an op does not have left out. */
const Transformed = z.object({ rationale: z.string(), patch: z.array(Op.pipe(JsonPatchOp)) });

/** Turns what a model wrote into RFC 6902, or says which operation cannot be. */
export function fromWire(
  wire: PatchWire,
): { ok: true; rationale: string; patch: JsonPatchOp[] } | { ok: false; issues: Issue[] } {
  const parsed = Transformed.safeParse(wire);
  if (parsed.success) return { ok: true, ...parsed.data };
  const issues = parsed.error.issues.map((issue) => ({
    code: "bad_operation",
    path: `/${issue.path.join("/")}`,
    message: `operation ${String(issue.path[1] ?? 0)}: ${issue.message}`,
  }));
  return { ok: false, issues };
}
