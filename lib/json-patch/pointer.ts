/**
 * Splits a JSON Pointer (RFC 6901) into its segments, unescaped; "" is the whole document, `[]`.
 * Undefined when the text is no pointer: it must be empty or start with `/`, and `~` stand before 0 or 1.
 */
export function parsePointer(pointer: string): string[] | undefined {
  if (pointer === "") return [];
  if (!pointer.startsWith("/") || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Joins segments into a JSON Pointer (RFC 6901), escaping `~` and `/`. */
export function formatPointer(segments: readonly (string | number)[]): string {
  return segments
    .map((segment) => `/${String(segment).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
