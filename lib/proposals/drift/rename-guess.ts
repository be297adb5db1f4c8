import type { DriftColumn, IrTypeName } from "#lib/ir/schema.ts";

/** How much of two names must agree for one to be taken for the other's new form; 1 is all of it. */
const ALIKE = 0.6;

const KINDS: readonly (readonly IrTypeName[])[] = [
  ["smallint", "integer", "bigint", "decimal", "double"],
  ["date", "timestamp", "timestamptz"],
];

/**
 * Whether a column that went and one that came are one under a new name: their types can hold the same, and their names
 * agree well enough. Where a type is not known, as in a CSV file, the names decide.
 */
export function isRenamed(went: DriftColumn, came: DriftColumn): boolean {
  return typesAgree(went.type, came.type) && namesAgree(went.name, came.name);
}

function typesAgree(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return true;
  const [left, right] = [one, other].map((type) => type.replace(/\(.*/, "") as IrTypeName);
  if (left === undefined || right === undefined) return false;
  return left === right || KINDS.some((kind) => kind.includes(left) && kind.includes(right));
}

function namesAgree(one: string, other: string): boolean {
  const [left, right] = [wordsOf(one), wordsOf(other)];
  const [few, many] = left.length <= right.length ? [left, right] : [right, left];
  if (few.length === 0) return false;
  if (few.every((word) => many.some((longer) => startsAlike(word, longer)))) return true;
  const [a, b] = [left.join(""), right.join("")];
  return a[0] === b[0] && 1 - distance(a, b) / Math.max(a.length, b.length) >= ALIKE;
}

/** `cust` and `customer` begin alike; a letter alone says nothing. */
const startsAlike = (one: string, other: string) =>
  one === other ||
  (Math.min(one.length, other.length) >= 3 && (one.startsWith(other) || other.startsWith(one)));

/** `amountEUR`, `amount_eur` and `Amount (EUR)` are the same words. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** Letters to add, drop or exchange (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++)
      next.push(
        Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === b[j] ? 0 : 1)),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}
