/** One field that differs: where it is, and its value on each side; a side that lacks it has no such key. */
export type ChangedField = { path: string; before?: unknown; after?: unknown };

/**
 * The fields in which two JSON values differ, deepest first place wins: objects and lists are walked, everything else
 * is compared whole. A value that exists on one side only is one field.
 */
export function changedFields(before: unknown, after: unknown, path = ""): ChangedField[] {
  if (Object.is(before, after)) return [];
  if (!isNode(before) || !isNode(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [
      {
        path,
        ...(before === undefined || (path === "" && before === null) ? {} : { before }),
        ...(after === undefined || (path === "" && after === null) ? {} : { after }),
      },
    ];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => changedFields(before[key], after[key], path ? `${path}.${key}` : key));
}

/** A whole value laid out field by field, for rows that only have one side. */
export function fieldsOf(side: "before" | "after", value: unknown): ChangedField[] {
  if (!isNode(value) || Array.isArray(value)) return value === null ? [] : [{ path: "", [side]: value }];
  return Object.entries(value).map(([path, one]) => ({ path, [side]: one }));
}

function isNode(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
