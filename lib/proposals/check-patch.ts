import { describeChanges, guardPatch, parsePipelineIR } from "#lib/ir/index.ts";
import type { Catalogue, Change, Issue, PipelineIr } from "#lib/ir/schema.ts";
import { applyPatch, type JsonPatchOp } from "#lib/json-patch/index.ts";
import { type BaseDocument, slugOf } from "./base-document.ts";
import { guardNodes } from "./guard-nodes.ts";

/** A patch that applies and gives a document that can be run. */
export type CheckedPatch = {
  patch: JsonPatchOp[];
  resultingIr: PipelineIr;
  warnings: Issue[];
  changes: Change[];
};
export type PatchVerdict = { ok: true; value: CheckedPatch } | { ok: false; issues: Issue[] };

/** What a follow-up refines: its patch, already checked, and the document that it gives. */
export type Refined = { patch: JsonPatchOp[]; ir: PipelineIr };

/**
 * Layers two and three: the patch must apply to the document that the model was shown, may not touch what is not its
 * to touch, and must give a document of executable strength. An empty patch changes nothing and is not checked.
 */
export function checkPatch(
  base: BaseDocument,
  patch: readonly JsonPatchOp[],
  catalogue: Catalogue,
  refined?: Refined,
): PatchVerdict {
  const shown = refined?.ir ?? base.ir;
  const unstorable = findUnstorable(patch);
  if (unstorable) return { ok: false, issues: [unstorable] };
  const applied = applyPatch<PipelineIr>(shown, patch);
  if (!applied.ok) {
    const { code, pointer, message } = applied.error;
    return { ok: false, issues: [{ code, path: pointer, message }] };
  }
  if (patch.every((op) => op.op === "test")) return { ok: true, value: unchanged(base) };
  const forbidden = guardPatch(patch);
  if (forbidden.length > 0) return { ok: false, issues: forbidden };
  const parsed = parsePipelineIR(named(base, applied.document), { strength: "executable", catalogue });
  if (!parsed.ok) return { ok: false, issues: parsed.issues };
  const changes = describeChanges(base.ir, { ...parsed.ir, id: base.ir.id });
  if (changes.length === 0) return { ok: true, value: unchanged(base) };
  const guarded = [...(refined?.patch ?? []), ...guardNodes(shown, patch)];
  return {
    ok: true,
    value: { patch: guarded, resultingIr: parsed.ir, warnings: parsed.warnings, changes },
  };
}

const unchanged = (base: BaseDocument): CheckedPatch => ({
  patch: [],
  resultingIr: base.ir,
  warnings: [],
  changes: [],
});

/** A patch may not name a new pipeline's document: its id comes of the name that it was given. */
function named(base: BaseDocument, document: PipelineIr): PipelineIr {
  if (base.pipelineId) return document;
  const name: unknown = document.metadata?.name;
  return { ...document, id: slugOf(typeof name === "string" ? name : "") };
}

/** PostgreSQL's JSON holds neither NUL nor half a surrogate pair. */
function findUnstorable(patch: readonly JsonPatchOp[]): Issue | undefined {
  const index = patch.findIndex((op) => /\\u0000|\\ud[89a-f]/i.test(JSON.stringify(op)));
  if (index < 0) return undefined;
  const message = `operation ${index}: the text holds characters that cannot be stored`;
  return { code: "bad_operation", path: patch[index]?.path ?? "", message };
}
