import type { Op } from "#lib/ir/schema.ts";
import { columnOf, columnsInto, type Draft, nodeBefore, targetOf } from "../draft.ts";

/** Appends ops to the transform before the target, putting one there if there is none. */
export function addOps(draft: Draft, words: string, make: (column: (word: string) => string) => Op[]): void {
  const target = targetOf(draft);
  const input = target.input;
  const ops = make((word) => columnOf(draft, input, word));
  const node = nodeBefore(draft, target, "transform", words);
  node.ops.push(...ops);
}

/** The ops between a target and its source, as they stand: to be changed in their place. */
export function opsBefore(draft: Draft): Op[] {
  const found: Op[] = [];
  let input: string | undefined = targetOf(draft).input;
  for (let steps = 0; input !== undefined && steps <= draft.ir.nodes.length; steps++) {
    const node = draft.ir.nodes.find(({ id }) => id === input);
    if (node?.kind !== "transform" && node?.kind !== "validate") break;
    if (node.kind === "transform") found.push(...node.ops);
    input = node.input;
  }
  return found;
}

/** True if a word is known to be a column before the target; undefined where the columns are not known. */
export function isColumn(draft: Draft, word: string): boolean | undefined {
  const known = columnsInto(draft, targetOf(draft).input);
  if (!known) return undefined;
  try {
    columnOf(draft, targetOf(draft).input, word);
    return true;
  } catch {
    return false;
  }
}
