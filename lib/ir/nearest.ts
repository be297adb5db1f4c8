/** Edit distance (Levenshtein) between two short texts. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/** The known name that a wrong one most likely meant, or undefined when none is near. */
export function nearest(wrong: string, known: Iterable<string>): string | undefined {
  const target = plain(wrong).slice(0, 64);
  let best: string | undefined;
  let bestScore = (target.length <= 3 ? 1 : Math.max(2, Math.floor(target.length / 3))) + 1;
  for (const name of known) {
    const candidate = plain(name);
    const inside = target.length > 2 && (candidate.includes(target) || target.includes(candidate));
    const score = candidate === target ? 0 : inside && candidate !== "" ? 1 : distance(target, candidate);
    if (score < bestScore) [best, bestScore] = [name, score];
  }
  return best;
}

/** `did you mean "x"?` for the nearest known name, or undefined. */
export function didYouMean(wrong: string, known: Iterable<string>): string | undefined {
  const name = nearest(wrong, known);
  return name === undefined ? undefined : `did you mean "${name}"?`;
}
