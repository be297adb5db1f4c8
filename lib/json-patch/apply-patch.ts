import fastJsonPatch from "fast-json-patch";
import { isContainer, locate } from "./locate.ts";
import { type JsonPatchError, JsonPatchOp } from "./schema.ts";

/** A patched document, or the first operation that could not be applied. */
export type PatchResult<T = unknown> = { ok: true; document: T } | { ok: false; error: JsonPatchError };

type Refusal = Omit<JsonPatchError, "index">;

/** `copy` can double a document with every operation; beyond this many values the patch is refused. */
const MAX_VALUES = 200_000;
const MAX_OPERATIONS = 1000;

function countValues(value: unknown): number {
  if (!isContainer(value)) return 1;
  let count = 1;
  for (const inner of Object.values(value)) count += countValues(inner);
  return count;
}

function hasProto(value: unknown): boolean {
  if (!isContainer(value)) return false;
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(hasProto);
}

function refusalOf(document: unknown, op: JsonPatchOp): Refusal | undefined {
  const pointer = op.path;
  if ("from" in op) {
    const source = locate(document, op.from, false);
    if (!source.ok) return source.refusal;
    if (op.op === "move" && op.path.startsWith(`${op.from}/`)) {
      return { pointer, code: "move_into_itself", message: `"${op.from}" cannot be moved into itself` };
    }
    // The target of a move is looked up as if the value had been taken away first (RFC 6902, 4.4).
    if (op.op === "move" && op.from !== op.path) {
      return refusalOf(removed(document, op.from), { op: "add", path: op.path, value: null });
    }
  }
  const target = locate(document, op.path, op.op === "add" || op.op === "copy" || op.op === "move");
  if (!target.ok) return target.refusal;
  if (op.op === "remove" && op.path === "") {
    return { pointer, code: "bad_pointer", message: "the whole document cannot be removed" };
  }
  if (op.op === "test" && !fastJsonPatch._areEquals(target.value, op.value)) {
    const expected = JSON.stringify(op.value).slice(0, 80);
    const found = (JSON.stringify(target.value) ?? "nothing").slice(0, 80);
    return { pointer, code: "test_failed", message: `expected ${expected} at "${pointer}", found ${found}` };
  }
  return undefined;
}

const removed = (document: unknown, path: string): unknown =>
  path === ""
    ? null
    : fastJsonPatch.applyOperation(fastJsonPatch.deepClone(document), { op: "remove", path }).newDocument;

/**
 * Applies a patch (RFC 6902) to a JSON document, all of it or none. Stricter than `fast-json-patch`: every path
 * must exist (`add`: its parent), array indices are those of RFC 6901, no prototype keys, `test` is honoured.
 * Neither argument is changed, and the result shares nothing with them.
 */
export function applyPatch<T = unknown>(document: unknown, ops: readonly unknown[]): PatchResult<T> {
  const refuse = (index: number, refusal: Refusal): PatchResult<T> => ({
    ok: false,
    error: { index, ...refusal, message: `operation ${index}: ${refusal.message}` },
  });
  if (ops.length > MAX_OPERATIONS) {
    const message = `a patch holds at most ${MAX_OPERATIONS} operations, not ${ops.length}`;
    return refuse(MAX_OPERATIONS, { pointer: "", code: "too_large", message });
  }
  let current: unknown = fastJsonPatch.deepClone(document);
  for (const [index, raw] of ops.entries()) {
    const op = JsonPatchOp.safeParse(raw);
    if (!op.success) {
      const { path, message } = op.error.issues[0] ?? { path: [], message: "not an operation" };
      const pointer = isContainer(raw) && "path" in raw && typeof raw.path === "string" ? raw.path : "";
      return refuse(index, {
        pointer,
        code: "bad_operation",
        message: `${path.join(".") || "it"}: ${message}`,
      });
    }
    // Looked for in what came in: the schema drops such keys silently.
    const refusal: Refusal | undefined = hasProto(raw)
      ? { pointer: op.data.path, code: "forbidden_segment", message: '"__proto__" may not appear in a value' }
      : refusalOf(current, op.data);
    if (refusal) return refuse(index, refusal);
    if (op.data.op !== "test" && !(op.data.op === "move" && op.data.from === op.data.path)) {
      const operation = "value" in op.data ? fastJsonPatch.deepClone(op.data) : op.data;
      current = fastJsonPatch.applyOperation(current, operation, false, true, false).newDocument;
    }
    if (op.data.op === "copy" && countValues(current) > MAX_VALUES) {
      const message = `the document would hold more than ${MAX_VALUES} values`;
      return refuse(index, { pointer: op.data.path, code: "too_large", message });
    }
  }
  return { ok: true, document: current as T };
}
