import { applyPatch, formatPointer, type JsonPatchOp } from "#lib/json-patch/index.ts";
import type { Change } from "../change.ts";
import { checkShape } from "../checks/shape.ts";
import type { PipelineIr } from "../document.ts";
import { describeChanges } from "./describe-changes.ts";

/** A patch for some of the changes; or what else would have to be taken, or why the whole patch does not apply. */
export type SelectResult =
  | { ok: true; patch: JsonPatchOp[]; document: PipelineIr }
  | { ok: false; missing: { change: string; needs: string[] }[]; message: string };

type JsonValue = Extract<JsonPatchOp, { op: "add" }>["value"];

/** Builds a patch op by op and keeps track of where each node stands after them. */
class PatchBuilder {
  readonly ops: JsonPatchOp[] = [];
  readonly #order: string[];

  constructor(before: PipelineIr) {
    this.#order = before.nodes.map(({ id }) => id);
  }

  indexOf(id: string): number {
    return this.#order.indexOf(id);
  }

  set(path: string, value: unknown, there: boolean): void {
    if (value === undefined) this.ops.push({ op: "remove", path });
    else this.ops.push({ op: there ? "replace" : "add", path, value: structuredClone(value) as JsonValue });
  }

  /** A wrong index must fail, not edit the neighbour. */
  guard(id: string): void {
    const path = formatPointer(["nodes", this.indexOf(id), "id"]);
    const last = this.ops.at(-1);
    if (!(last?.op === "test" && last.path === path)) this.ops.push({ op: "test", path, value: id });
  }

  field(change: Change): void {
    const nodeId = change.nodeId ?? "";
    const field = change.id.slice(`node:${nodeId}`.length).split("/").slice(1);
    this.guard(nodeId);
    this.set(
      formatPointer(["nodes", this.indexOf(nodeId), ...field]),
      change.after,
      change.before !== undefined,
    );
  }

  remove(id: string): void {
    this.guard(id);
    this.ops.push({ op: "remove", path: formatPointer(["nodes", this.indexOf(id)]) });
    this.#order.splice(this.indexOf(id), 1);
  }

  insert(id: string, value: unknown, index: number): void {
    this.set(formatPointer(["nodes", index]), value, false);
    this.#order.splice(index, 0, id);
  }

  /** Brings the nodes of `wanted` into its order, within the places that they hold now. */
  reorder(wanted: readonly string[]): void {
    const places = this.#order.flatMap((id, index) => (wanted.includes(id) ? [index] : []));
    for (const [at, id] of wanted.filter((one) => this.#order.includes(one)).entries()) {
      const [from, to] = [this.indexOf(id), places[at] ?? 0];
      if (from === to) continue;
      this.ops.push({ op: "move", from: formatPointer(["nodes", from]), path: formatPointer(["nodes", to]) });
      this.#order.splice(to, 0, ...this.#order.splice(from, 1));
    }
  }
}

function build(before: PipelineIr, after: PipelineIr, chosen: readonly Change[]): JsonPatchOp[] {
  const builder = new PatchBuilder(before);
  const whole = (op: Change["op"]): Change[] =>
    chosen.filter((change) => change.op === op && change.id === `node:${change.nodeId}`);
  const added = new Set(whole("add").map(({ nodeId }) => nodeId));
  const fields = chosen.filter(({ id, nodeId }) => nodeId !== undefined && id !== `node:${nodeId}`);

  for (const change of chosen.filter(({ section }) => section !== undefined && section !== "order")) {
    builder.set(change.path, change.after, change.before !== undefined);
  }
  for (const change of whole("modify")) {
    builder.guard(change.nodeId ?? "");
    builder.set(formatPointer(["nodes", builder.indexOf(change.nodeId ?? "")]), change.after, true);
  }
  for (const change of fields) if (!added.has(change.nodeId)) builder.field(change);
  for (const { nodeId = "" } of whole("remove")) builder.remove(nodeId);
  const order = chosen.find(({ section }) => section === "order");
  if (order) builder.reorder(order.after as string[]);
  const ids = after.nodes.map(({ id }) => id);
  for (const { nodeId = "", after: value } of whole("add")) {
    const earlier = ids.slice(0, ids.indexOf(nodeId)).map((id) => builder.indexOf(id));
    builder.insert(nodeId, value, (earlier.findLast((index) => index >= 0) ?? -1) + 1);
  }
  for (const change of fields) if (added.has(change.nodeId)) builder.field(change);
  return builder.ops;
}

/** Everything that the chosen changes need, directly or through others, and that was not chosen. */
function missingOf(
  changes: readonly Change[],
  chosen: ReadonlySet<string>,
): { change: string; needs: string[] }[] {
  const byId = new Map(changes.map((change) => [change.id, change]));
  return changes
    .filter(({ id }) => chosen.has(id))
    .flatMap(({ id }) => {
      const needed = new Set<string>();
      const queue = [id];
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        for (const other of byId.get(next)?.dependsOn ?? []) {
          if (needed.has(other)) continue;
          needed.add(other);
          queue.push(other);
        }
      }
      const needs = [...needed].filter((other) => !chosen.has(other));
      return needs.length > 0 ? [{ change: id, needs }] : [];
    });
}

/**
 * A patch that makes only the changes named (ids of `describeChanges`), addressed by node id and guarded by tests,
 * so that nothing else is touched. Refused, with what is missing, when one of them needs another that is not named.
 */
export function selectChanges(
  before: PipelineIr,
  patch: readonly JsonPatchOp[],
  ids: readonly string[],
): SelectResult {
  const patched = applyPatch(before, patch);
  if (!patched.ok) return { ok: false, missing: [], message: patched.error.message };
  const after = checkShape(patched.document);
  if (!after.ok) return { ok: false, missing: [], message: after.issues[0]?.message ?? "not a pipeline" };
  const changes = describeChanges(before, after.ir);
  const unknown = ids.find((id) => !changes.some((change) => change.id === id));
  if (unknown !== undefined) {
    return { ok: false, missing: [], message: `there is no change "${unknown}" in this patch` };
  }
  const chosen = new Set(ids);
  const missing = missingOf(changes, chosen);
  if (missing.length > 0) {
    const text = missing.map(
      ({ change, needs }) => `"${change}" needs ${needs.map((id) => `"${id}"`).join(", ")}`,
    );
    return { ok: false, missing, message: text.join("; ") };
  }
  const ops = build(
    before,
    after.ir,
    changes.filter(({ id }) => chosen.has(id)),
  );
  const result = applyPatch<PipelineIr>(before, ops);
  if (!result.ok) return { ok: false, missing: [], message: result.error.message };
  return { ok: true, patch: ops, document: result.document };
}
