import { applyPatch, type JsonPatchOp } from "#lib/json-patch/index.ts";
import type { Change } from "../change.ts";
import { checkShape } from "../checks/shape.ts";
import type { PipelineIr } from "../document.ts";
import { describeChanges } from "./describe-changes.ts";
import { selectChanges } from "./select-changes.ts";

/** Documents that are tried out, at most: each costs a few milliseconds. */
const TRIES = 400;

/**
 * Which further changes make a subset of a patch's changes valid, where it stands alone but gives a document that is
 * refused: a column that only another change makes, a circle that only another one opens. Of these none can be left out.
 * @param valid whether a patch gives a document that is accepted.
 * @returns ids of changes; undefined if all changes together are refused too.
 */
export function whatIsMissing(
  before: PipelineIr,
  patch: readonly JsonPatchOp[],
  ids: readonly string[],
  valid: (patch: JsonPatchOp[]) => boolean,
): string[] | undefined {
  const patched = applyPatch(before, patch);
  const after = patched.ok ? checkShape(patched.document) : undefined;
  if (!after?.ok) return undefined;
  const changes = describeChanges(before, after.ir);
  const stands = (further: readonly string[]) => {
    const selected = selectChanges(before, patch, [...ids, ...further]);
    return selected.ok && valid(selected.patch);
  };
  let needed = changes.map(({ id }) => id).filter((id) => !ids.includes(id));
  if (!stands(needed)) return undefined;
  let tries = TRIES;
  for (let size = Math.ceil(needed.length / 2); size > 0 && tries > 0; ) {
    const shorter = without(needed, size)
      .map((rest) => standing(changes, ids, rest))
      .find((rest) => --tries >= 0 && stands(rest));
    if (shorter) needed = shorter;
    else if (size === 1) break;
    size = Math.min(Math.ceil(size / (shorter ? 1 : 2)), needed.length);
  }
  return needed;
}

/** What is left of the further changes when those go whose needs are not there. */
function standing(changes: readonly Change[], ids: readonly string[], further: readonly string[]): string[] {
  const there = new Set([...ids, ...further]);
  const left = changes.filter(
    ({ id, dependsOn }) => further.includes(id) && dependsOn.every((other) => there.has(other)),
  );
  const rest = left.map(({ id }) => id);
  return rest.length === further.length ? rest : standing(changes, ids, rest);
}

/** The list without each of its stretches of that length, the last stretch first. */
function without(list: readonly string[], size: number): string[][] {
  const starts = Array.from({ length: Math.ceil(list.length / size) }, (_, at) => at * size).reverse();
  return starts.map((start) => list.filter((_, at) => at < start || at >= start + size));
}
