import { AppError, type Issue } from "./errors.ts";

type Level = { keys?: Set<string>; key?: string; index: number };

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
/** An escape that may be NUL or half a surrogate pair. */
const SUSPICIOUS = /\\u(?:0000|d[89a-f])/i;

/**
 * Parses JSON as our doors take it.
 * @throws AppError `malformed_json`, also for what JSON allows and we do not (see {@link checkJson}).
 */
export function parseJson(text: string, maxDepth: number): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : "";
    throw new AppError("malformed_json", `The body is not valid JSON: ${reason?.slice(0, 200)}`);
  }
  if (isPlain(text, value, maxDepth)) return value;
  const issue = checkJson(text, maxDepth);
  if (issue) throw new AppError("malformed_json", issue.message, { issues: [issue] });
  return value;
}

/**
 * True if {@link checkJson} would find nothing, told at a fraction of its cost: a key that stands twice is missing from
 * the parsed value, so as many colons as keys means that none does. False means that it has to look.
 */
function isPlain(text: string, value: unknown, maxDepth: number): boolean {
  if (SUSPICIOUS.test(text) || !text.isWellFormed()) return false;
  return countColons(text) === countKeys(value, maxDepth);
}

/** Colons outside of strings; NaN for a key with an escape in it, which is worth a closer look. @param text valid JSON. */
function countColons(text: string): number {
  let colons = 0;
  const escapes = text.includes("\\");
  let [start, end] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      start = at;
      end = at = escapes ? endOfString(text, at) : text.indexOf('"', at + 1);
    } else if (char === 0x3a) {
      if (escapes && text.lastIndexOf("\\", end) > start) return Number.NaN;
      colons += 1;
    }
  }
  return colons;
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); ; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === 0x5c) before -= 1;
    if ((at - before) % 2 === 0) return at;
  }
}

/** Keys of all objects inside; NaN, which equals nothing, for what is nested too deeply or named `__proto__`. */
function countKeys(value: unknown, depth: number): number {
  if (value === null || typeof value !== "object") return 0;
  if (depth === 0) return Number.NaN;
  let keys = 0;
  if (Array.isArray(value)) for (const item of value) keys += countKeys(item, depth - 1);
  else {
    for (const key in value) {
      if (key === "__proto__") return Number.NaN;
      keys += 1 + countKeys((value as Record<string, unknown>)[key], depth - 1);
    }
  }
  return keys;
}

/**
 * Finds what valid JSON may hold and we refuse: nesting beyond a depth, one key twice in an object (readers differ on
 * which counts), `__proto__`, and text that no database takes (NUL, half a surrogate pair).
 * @param text JSON that has already been parsed once.
 */
export function checkJson(text: string, maxDepth: number): Issue | undefined {
  const levels: Level[] = [];
  const here = () => levels.map((level) => `/${escaped(String(level.key ?? level.index))}`).join("");
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

/** A key inside a JSON Pointer (RFC 6901). */
function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function issue(code: string, path: string, message: string): Issue {
  return { code, path, message };
}
