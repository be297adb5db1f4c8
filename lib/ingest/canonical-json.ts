/**
 * JSON text in the one form of RFC 8785 (JCS): keys in the order of their UTF-16 code units, numbers and strings as
 * ECMAScript writes them, no white space.
 * @param value plain JSON without half surrogate pairs.
 * @throws RangeError for a number beyond the range of a double, which JSON text may hold.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("A number is too large");
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const entries = value as Record<string, unknown>;
  const keys = Object.keys(entries).sort();
  let text = "{";
  for (const key of keys) {
    if (text.length > 1) text += ",";
    text += `${JSON.stringify(key)}:${canonicalJson(entries[key])}`;
  }
  return `${text}}`;
}
