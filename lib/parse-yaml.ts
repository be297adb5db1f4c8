import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
} from "yaml";
import type { Issue } from "./errors.ts";

/** A place in a text, both counted from 1. */
export type Position = { line: number; column: number };

/** A finding with the place in the text that it is about, where that is known. */
export type LocatedIssue = Issue & Partial<Position>;

/** A text that was read: its value, and where each part of it stands. Or what is wrong with it. */
export type ParsedText =
  | { ok: true; value: unknown; locate: (pointer: string) => Position | undefined }
  | { ok: false; issues: LocatedIssue[] };

/** Findings beyond this many are left out: the first ones are the cause of the rest. */
const MAX_FINDINGS = 20;

const SETTINGS = {
  version: "1.2",
  // In 1.2 `no`, `on` and dates are text. What `!!binary` and the like would make is not JSON.
  schema: "core",
  merge: false,
  resolveKnownTags: false,
  stringKeys: true,
  strict: true,
  // Looked for in the walk below, whose cost grows with the text and not with its square.
  uniqueKeys: false,
  // Its excerpts of the text could hold a secret.
  prettyErrors: false,
  logLevel: "error",
} as const;

/**
 * Reads one YAML 1.2 document (core schema) that says no more than JSON can: no anchors and aliases, no tags of its
 * own, no key twice, no directives, no numbers beyond JSON's, nothing deeper than `maxDepth`. Never throws. The caller
 * limits the size: the time it takes is some microseconds a byte.
 */
export function parseYaml(text: string, maxDepth: number): ParsedText {
  const lines = new LineCounter();
  const at = (offset: number | undefined): Partial<Position> => {
    if (offset === undefined) return {};
    const { line, col } = lines.linePos(offset);
    return line > 0 && col > 0 ? { line, column: col } : {};
  };
  const refused = (issues: LocatedIssue[]): ParsedText => ({
    ok: false,
    issues: issues.slice(0, MAX_FINDINGS),
  });
  try {
    const document = parseDocument(text, { ...SETTINGS, lineCounter: lines });
    const broken = [...document.errors, ...document.warnings];
    if (broken.length > 0)
      return refused(
        broken.map(({ code, message, pos }) => ({
          code: "malformed_yaml",
          path: "",
          message: explain(code, message),
          ...at(pos[0]),
        })),
      );
    if (/^%/m.test(text) && (document.directives?.yaml.explicit || text.startsWith("%")))
      return refused([
        { code: "malformed_yaml", path: "", message: "Directives (%) are not read", line: 1, column: 1 },
      ]);
    const found: LocatedIssue[] = [];
    const value = plain(document.contents, "", maxDepth, (code, path, message, node) =>
      found.push({ code, path, message, ...at(node?.range?.[0]) }),
    );
    if (found.length > 0) return refused(found);
    return { ok: true, value, locate: (pointer) => located(document.contents, pointer, at) };
  } catch (error) {
    if (error instanceof RangeError)
      return refused([
        { code: "too_deep", path: "", message: `It is nested deeper than ${maxDepth} levels` },
      ]);
    return refused([{ code: "malformed_yaml", path: "", message: "This is not YAML" }]);
  }
}

/** The parser's words, where they would not help. */
function explain(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "There is more than one document; put each into a file of its own";
  if (code === "TAG_RESOLVE_FAILED") return `${message}: tags are not read, leave it out`;
  if (code === "TAB_AS_INDENT") return "Tabs cannot indent YAML; use spaces";
  if (code === "NON_STRING_KEY") return "A key must be a plain text";
  return message;
}

type Refuse = (code: string, path: string, message: string, node: Node | null) => void;

/** The value of a node, as JSON would hold it. */
function plain(node: ParsedNode | Node | null, path: string, depth: number, refuse: Refuse): unknown {
  if (node === null) return null;
  if (isAlias(node) || node.anchor !== undefined) {
    refuse("anchor", path, "Anchors (&) and aliases (*) are not read; write it out", node);
    return null;
  }
  if (isScalar(node)) return scalar(node.value, path, node, refuse);
  if (!isCollection(node)) return null;
  if (depth === 0) {
    refuse("too_deep", path, "It is nested too deeply", node);
    return null;
  }
  if (!isMap(node))
    return node.items.map((item, index) => plain(item as Node | null, `${path}/${index}`, depth - 1, refuse));
  const entries = new Map<string, unknown>();
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value ?? "") : "";
    const inside = `${path}/${escaped(name)}`;
    if (entries.has(name))
      refuse("duplicate_key", inside, `"${name}" stands twice in one object`, key as Node);
    if (name === "__proto__") refuse("forbidden_key", inside, "This key is not allowed", key as Node);
    scalar(name, inside, key as Node, refuse);
    entries.set(name, plain(value as Node | null, inside, depth - 1, refuse));
  }
  return Object.fromEntries(entries);
}

function scalar(value: unknown, path: string, node: Node, refuse: Refuse): unknown {
  if (typeof value === "number" && !Number.isFinite(value))
    refuse("not_a_number", path, "Infinity and NaN are no numbers here; quote it if it is text", node);
  if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed()))
    refuse("unstorable_text", path, "Text must not hold NUL or half a surrogate pair", node);
  return value;
}

/** Where the value at a pointer stands; of what is not there, the nearest thing around it. */
function located(
  root: Node | null,
  pointer: string,
  at: (offset: number | undefined) => Partial<Position>,
): Position | undefined {
  let node = root;
  let offset = root?.range?.[0];
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value ?? "") === name);
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isCollection(node)) {
      const item = node.items[Number(name)] as Node | undefined;
      if (!item) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  const { line, column } = at(offset);
  return line === undefined || column === undefined ? undefined : { line, column };
}

/** A key inside a JSON Pointer (RFC 6901). */
function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
