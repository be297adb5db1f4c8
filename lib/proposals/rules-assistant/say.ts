import { COLUMN, COLUMNS, NUMBER, whole } from "./words.ts";

/** A column, and none of the words that go on after a list of them. */
const COL = `(?!(?:keep|keeping|take|taking|otherwise|else|or|and|not|then)\\b)${COLUMN}`;

/** What may stand in the braces of a template. */
const PARTS: Readonly<Record<string, string>> = {
  any: ".+?",
  col: COL,
  cols: COLUMNS.replaceAll(COLUMN, COL),
  n: `(?:${NUMBER})`,
  id: "[A-Za-z][\\w-]*",
  name: "[A-Za-z_]\\w*",
  table: "[A-Za-z_]\\w*(?:\\.[A-Za-z_]\\w*)?",
  path: "(?:\"[^\"]+\"|'[^']+'|`[^`]+`|[^\\s,;\"'`]+)",
  text: "(?:\"[^\"]*\"|'[^']*')",
  /** One bare name or one in quotes, and several of them. */
  tag: "[\"']?[\\w-]{1,64}[\"']?",
  tags: "[\"']?[\\w-]{1,64}[\"']?(?:(?:, (?:and )?| and )[\"']?[\\w-]{1,64}[\"']?)*",
  /** A text in quotes, or one without any mark at which another wish could begin. */
  phrase: "(?:\"[^\"]+\"|'[^']+'|[^,;:.!?\"']+)",
  /** A name that has a mark or a digit in it, as no word has. */
  marked: "\\w*[-@._\\d][\\w.@-]*",
  value: "(?:\"[^\"]*\"|'[^']*'|[^\\s,;\"'`]+)",
  clock: "\\d{1,2}(?::\\d\\d)?(?: ?[ap]m)?",
  former:
    "(?:append|upsert|truncat|full reload|full refresh|overwrit|replac|merg|insert|add|empty)(?:ing|e|ed|s)?",
  /** By its name, in quotes, or as the sign itself. */
  separator:
    "(?:(?:comma|space|blank|dash|hyphen|semicolon|colon|slash|pipe|tab|underscore|dot)s?|\"[^\"]+\"|'[^']+'|[^\\w\\s\"']{1,3})",
  mode: "(?:append|upsert|truncate|full reload|full refresh)(?:ing|ed)?",
  verb: "(?:mask|redact|hash|partially mask)",
  act: "(?:abort|stop|fail|warn|quarantine|drop|reject)(?:s|ping|ing)?",
  must: "(?:must|should|shall|has to|have to|needs to|need to|ought to)(?: always)?",
};

/**
 * Compiles a template into a pattern for a whole clause, any case: `[x]` may be left out, `[x]*` come several times, `(x|y)` is one of them,
 * `{cols}` captures a part of that kind under its own name and `{cols:keys}` under another.
 */
export function said(template: string): RegExp {
  const pattern = template
    .replaceAll("[", "(?:")
    .replace(/\]([*+?]?)/g, (_, times: string) => `)${times || "?"}`)
    .replace(/(?<!\\)\((?!\?)/g, "(?:")
    .replace(/\{([a-z]\w*)(?::(\w+))?\}/g, (_, part: string, name = part) => `(?<${name}>${partOf(part)})`);
  return whole(pattern);
}

function partOf(name: string): string {
  const part = PARTS[name];
  if (part === undefined) throw new Error(`a template names the part "${name}", which there is not`);
  return part;
}

/** The parts of the first template that a clause follows. */
export function heard(patterns: readonly RegExp[], clause: string): Record<string, string> | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(clause);
    if (match) return { ...match.groups } as Record<string, string>;
  }
  return undefined;
}

/** A text without the quotes around it. */
export const unquoted = (text: string) => text.replace(/^(["'`])(.*)\1$/, "$2");
