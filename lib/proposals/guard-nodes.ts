import type { PipelineIr } from "#lib/ir/schema.ts";
import { applyPatch, formatPointer, type JsonPatchOp, parsePointer } from "#lib/json-patch/index.ts";

type Guard = Extract<JsonPatchOp, { op: "test" }>;

/**
 * Puts a `test` before every operation on a node: on the node's id, and on the list element that a deeper path goes
 * through. A patch that meets other positions than it was written for then fails instead of editing the neighbour.
 * @param patch must apply to `ir`.
 */
export function guardNodes(ir: PipelineIr, patch: readonly JsonPatchOp[]): JsonPatchOp[] {
  const guarded: JsonPatchOp[] = [];
  let document: unknown = ir;
  let standing = new Set<string>();
  for (const [at, op] of patch.entries()) {
    if (op.op === "test") standing.add(op.path);
    else {
      const guards = [
        ...("from" in op ? guardsOf(document, op.from, op.op === "move") : []),
        ...guardsOf(document, op.path, op.op === "replace" || op.op === "remove"),
      ];
      for (const guard of guards) {
        if (!standing.has(guard.path)) guarded.push(guard);
        standing.add(guard.path);
      }
      // Applying copies the document: not for the last operation, after which nobody looks.
      const next = at < patch.length - 1 ? applyPatch(document, [op]) : undefined;
      if (next?.ok) document = next.document;
      standing = new Set();
    }
    guarded.push(op);
  }
  return guarded;
}

function guardsOf(document: unknown, pointer: string, changesElement: boolean): Guard[] {
  const segments = parsePointer(pointer) ?? [];
  if (segments[0] !== "nodes" || segments[1] === undefined || segments[1] === "-") return [];
  if (segments.length === 2 && !changesElement) return [];
  const guards: Guard[] = [];
  let value: unknown = document;
  for (const [depth, segment] of segments.entries()) {
    const inList = Array.isArray(value);
    value = (value as Record<string, unknown> | undefined)?.[segment];
    const path = formatPointer(segments.slice(0, depth + 1));
    if (depth === 1) {
      const id = (value as { id?: unknown } | undefined)?.id;
      if (typeof id === "string") guards.push({ op: "test", path: `${path}/id`, value: id });
    } else if (inList && value !== undefined && (changesElement || depth < segments.length - 1)) {
      guards.push({ op: "test", path, value: structuredClone(value) as Guard["value"] });
    }
  }
  return guards;
}
