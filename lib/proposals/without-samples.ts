const HIDDEN = "***";
/** Shorter values are words like any other. */
const LEAST = 8;

/**
 * A rationale without the values of the rows that went along with its request: those are kept nowhere. What the
 * pipeline's document says itself stays, as do short values, which are words like any other.
 * @param samples as the model saw them: JSON, or any text.
 */
export function withoutSamples(rationale: string, samples: readonly string[], document: unknown): string {
  if (samples.length === 0) return rationale;
  const own = JSON.stringify(document);
  const values = samples
    .flatMap((sample) => valuesOf(sample))
    .filter((value) => value.length >= LEAST && !own.includes(value))
    .sort((a, b) => b.length - a.length);
  return [...new Set(values)].reduce((text, value) => text.replaceAll(value, HIDDEN), rationale);
}

/** Every value in a sample; of one that is no JSON its lines, and its words. */
function valuesOf(sample: string): string[] {
  try {
    return leavesOf(JSON.parse(sample));
  } catch {
    return sample.split("\n").flatMap((line) => [line.trim(), ...line.split(/[\s,;|]+/)]);
  }
}

function leavesOf(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(leavesOf);
  return value === null ? [] : [String(value)];
}
