import type { Issue } from "#lib/errors.ts";
import { pointer } from "./problem.ts";

type Level = { keys?: Set<string>; key?: string; index: number };

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * Finds what valid JSON may hold and we refuse: nesting beyond a depth, one key twice in an object (readers differ on
 * which counts), `__proto__`, and text that no database takes (NUL, half a surrogate pair).
 * @param text JSON that has already been parsed once.
 */
export function checkJson(text: string, maxDepth: number): Issue | undefined {
  const levels: Level[] = [];
  const here = () => pointer(levels.map((level) => level.key ?? level.index));
  let expectKey = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    if (token === "{" || token === "[") {
      if (levels.length >= maxDepth)
        return issue("too_deep", "", `The body is nested deeper than ${maxDepth} levels`);
      levels.push(token === "{" ? { keys: new Set(), index: 0 } : { index: 0 });
      expectKey = token === "{";
    } else if (token === "}" || token === "]") {
      levels.pop();
      expectKey = false;
    } else if (token === ",") {
      if (level) level.index += 1;
      expectKey = level?.keys !== undefined;
    } else if (token === ":") {
      expectKey = false;
    } else {
      const value = token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
      if (value.includes("\0") || !value.isWellFormed())
        return issue("unstorable_text", here(), "Text must not hold NUL or half a surrogate pair");
      if (!expectKey || !level?.keys) continue;
      level.key = value;
      if (value === "__proto__") return issue("forbidden_key", here(), "This key is not allowed");
      if (level.keys.has(value)) return issue("duplicate_key", here(), "This key stands twice in one object");
      level.keys.add(value);
    }
  }
  return undefined;
}

function issue(code: string, path: string, message: string): Issue {
  return { code, path, message };
}
