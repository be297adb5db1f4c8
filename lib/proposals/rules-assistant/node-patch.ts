import type { PipelineIr } from "#lib/ir/schema.ts";
import { diff, type JsonPatchOp } from "#lib/json-patch/index.ts";
import type { Draft } from "./draft.ts";

type Value = Extract<JsonPatchOp, { op: "add" }>["value"];

/** The patch from one document to the other, node by node: positions are guarded by ids, new nodes are appended. */
export function nodePatch(before: PipelineIr, draft: Draft): JsonPatchOp[] {
  const after = draft.ir;
  const { nodes: nodesBefore, ...restBefore } = before;
  const { nodes: nodesAfter, ...restAfter } = after;
  const patch: JsonPatchOp[] = diff(restBefore, restAfter);
  const kept = new Set<string>();
  for (const [at, node] of nodesBefore.entries()) {
    const id = draft.renamed.get(node.id) ?? node.id;
    const now = nodesAfter.find((other) => other.id === id);
    if (!now) continue;
    kept.add(id);
    const edits = diff(node, now).map((op) => ({ ...op, path: `/nodes/${at}${op.path}` }) as JsonPatchOp);
    if (edits.length > 0) patch.push({ op: "test", path: `/nodes/${at}/id`, value: node.id }, ...edits);
  }
  for (const [at, node] of [...nodesBefore.entries()].reverse()) {
    if (kept.has(draft.renamed.get(node.id) ?? node.id)) continue;
    patch.push(
      { op: "test", path: `/nodes/${at}/id`, value: node.id },
      { op: "remove", path: `/nodes/${at}` },
    );
  }
  for (const node of nodesAfter) {
    if (!kept.has(node.id)) patch.push({ op: "add", path: "/nodes/-", value: node as Value });
  }
  return patch;
}
