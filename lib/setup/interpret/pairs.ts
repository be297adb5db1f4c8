/** Names and values, as they were written. */
export type Pairs = [name: string, value: string][];

/**
 * Reads a text that is nothing but names and values: a JSON object, lines of `name: value` or `NAME=value`,
 * `Name=value;…` of a connection string, `name=value name=value` of libpq. Undefined for anything else.
 */
export function readPairs(text: string): Pairs | undefined {
  const bare = text.replace(/^```\w*\n|\n?```$/g, "").trim();
  if (bare.startsWith("{")) return fromJson(bare);
  const lines = bare
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(?:#|\/\/|\[\w[\w -]*\]$)/.test(line));
  if (lines.length > 1) return all(lines.map(line));
  return semicolons(bare) ?? keywords(bare);
}

const all = (pairs: ([string, string] | undefined)[]): Pairs | undefined =>
  pairs.length > 0 && pairs.every((pair) => pair !== undefined) ? (pairs as Pairs) : undefined;

function fromJson(text: string): Pairs | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const inner = entries.length === 1 ? entries[0]?.[1] : undefined;
  if (typeof inner === "object" && inner !== null && !Array.isArray(inner))
    return fromJson(JSON.stringify(inner));
  const type = (value as { type?: unknown }).type;
  if (type === "service_account") return [["service_account_json", text]];
  const pairs = entries.map(([name, one]): [string, string] | undefined =>
    typeof one === "string" || typeof one === "number" || typeof one === "boolean"
      ? [name, String(one)]
      : undefined,
  );
  return all(pairs);
}

const NAME = "[\\p{L}_][\\p{L}\\p{N}_ .-]{0,40}?";
const LINE = new RegExp(
  `^(?:[-*•]\\s+)?["']?(?:export\\s+|set\\s+)?(${NAME})["']?\\s*(?::=|=>|=|:)\\s*(.*?)\\s*,?$`,
  "iu",
);

function line(text: string): [string, string] | undefined {
  const found = LINE.exec(text);
  // "postgres://…" and "db.example.com:5432" are no name and value.
  if (!found?.[1] || found[2]?.startsWith("//") || (/\.\w/.test(found[1]) && /^\d+$/.test(found[2] ?? "")))
    return undefined;
  return [found[1].trim(), unquoted(found[2] ?? "")];
}

/** `Server=db,1433;Database=shop;Password="a;b"`. */
function semicolons(text: string): Pairs | undefined {
  if (!/^[\p{L}_][\p{L}\p{N}_ ]*=[^;]*;/u.test(text)) return undefined;
  const parts =
    text.match(/[^;"']*(?:"[^"]*"|'[^']*'|[^;])*(?=;|$)/g)?.filter((part) => part.trim() !== "") ?? [];
  return all(
    parts.map((part) => {
      const equals = part.indexOf("=");
      return equals > 0 ? [part.slice(0, equals).trim(), unquoted(part.slice(equals + 1).trim())] : undefined;
    }),
  );
}

/** `host=db port=5432 password='it''s \'mine\''` as libpq reads it; commas between them are let pass. */
function keywords(text: string): Pairs | undefined {
  const pairs: Pairs = [];
  const one = /\s*([\p{L}_][\p{L}\p{N}_]*)\s*=\s*('(?:[^'\\]|\\.)*'|"[^"]*"|[^\s'"]\S*)(?:\s+|$)/uy;
  while (one.lastIndex < text.length) {
    const found = one.exec(text);
    if (!found?.[1]) return undefined;
    const last = one.lastIndex >= text.length;
    const value = found[2] ?? "";
    pairs.push([found[1], unquoted(last || !/,$/.test(value) ? value : value.slice(0, -1))]);
  }
  return pairs.length > 0 ? pairs : undefined;
}

/** A text without the quotes around it. */
export function unquoted(text: string): string {
  const inner = /^(["'`])([\s\S]*)\1$/.exec(text);
  if (!inner) return text;
  return (inner[2] ?? "").replace(/\\(["'`\\])/g, "$1");
}
