import { parsePointer } from "./pointer.ts";
import type { JsonPatchError } from "./schema.ts";

type Refusal = Omit<JsonPatchError, "index">;
type Located = { ok: true; segments: string[]; value: unknown } | { ok: false; refusal: Refusal };

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);
const ARRAY_INDEX = /^(?:0|[1-9][0-9]{0,9})$/;

/** Array or object in a JSON document. */
export const isContainer = (value: unknown): value is Record<string, unknown> | unknown[] =>
  typeof value === "object" && value !== null;

/**
 * Finds what a pointer names in a document. With `toAdd` the last segment may be new: any key of an object,
 * and of an array any index up to its length, or `-`.
 */
export function locate(document: unknown, pointer: string, toAdd: boolean): Located {
  const refuse = (code: Refusal["code"], message: string): Located => ({
    ok: false,
    refusal: { pointer, code, message },
  });
  const segments = parsePointer(pointer);
  if (!segments)
    return refuse(
      "bad_pointer",
      `"${pointer}" is not a JSON Pointer: start with "/", write ~ as ~0 and / as ~1`,
    );

  let value = document;
  for (const [depth, segment] of segments.entries()) {
    const last = depth === segments.length - 1;
    const parent = depth === 0 ? "the document" : `"/${segments.slice(0, depth).join("/")}"`;
    if (FORBIDDEN.has(segment)) return refuse("forbidden_segment", `"${segment}" may not appear in a path`);
    if (Array.isArray(value)) {
      if (segment === "-" && last && toAdd) return { ok: true, segments, value: undefined };
      if (!ARRAY_INDEX.test(segment)) {
        const dash = segment === "-" ? 'is only for add, at the end of a path: "-"' : `"${segment}"`;
        return refuse(
          "bad_index",
          `${parent} is an array of ${value.length}; its index must be 0, 1, 2…, not ${dash}`,
        );
      }
      if (Number(segment) >= value.length + (last && toAdd ? 1 : 0)) {
        return refuse(
          "path_not_found",
          `${parent} is an array of ${value.length}; it has no element ${segment}`,
        );
      }
      value = value[Number(segment)];
    } else if (isContainer(value)) {
      const present = Object.hasOwn(value, segment);
      if (!present && !(last && toAdd)) {
        const keys = Object.keys(value).slice(0, 12).join(", ");
        return refuse("path_not_found", `${parent} has no member "${segment}"; it has ${keys || "none"}`);
      }
      value = present ? (value as Record<string, unknown>)[segment] : undefined;
    } else {
      return refuse("path_not_found", `${parent} is neither object nor array; nothing is inside it`);
    }
  }
  return { ok: true, segments, value };
}
