import { DataError } from "../data-error.ts";

/** How a delimited file is written. */
export type Dialect = { delimiter: string; quote: string };

/** A record's values, how many characters it takes with its line end, and that line end (nothing at the end of the text). */
export type FirstRecord = { fields: string[]; length: number; lineEnd: string };

/**
 * The first record of delimited text (RFC 4180), and how many characters it takes with its line end.
 * @returns undefined if the text ends before the record does.
 */
export function firstRecord(
  text: string,
  { delimiter, quote }: Dialect,
  complete: boolean,
): FirstRecord | undefined {
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  let at = 0;
  for (; at < text.length; at++) {
    const char = text.charAt(at);
    if (quoted) {
      if (char !== quote) field += char;
      else if (text[at + 1] === quote) {
        field += quote;
        at++;
      } else quoted = false;
    } else if (char === quote && field === "") quoted = true;
    else if (text.startsWith(delimiter, at)) {
      fields.push(field);
      field = "";
      at += delimiter.length - 1;
    } else if (char === "\n" || char === "\r") {
      if (char === "\r" && at + 1 === text.length && !complete) return undefined;
      const end = char === "\r" && text[at + 1] === "\n" ? at + 2 : at + 1;
      return { fields: [...fields, field], length: end, lineEnd: text.slice(at, end) };
    } else field += char;
  }
  if (!complete) return undefined;
  if (quoted) throw new DataError("unclosed_quote", "A quote in the header line is not closed");
  return { fields: [...fields, field], length: at, lineEnd: "" };
}

/** Checks a header's names. @throws DataError `duplicate_column`, `empty_column`. */
export function checkHeader(name: string, fields: readonly string[]): void {
  const seen = new Map<string, number>();
  fields.forEach((field, index) => {
    if (field.trim() === "")
      throw new DataError("empty_column", `"${name}": column ${index + 1} of the header has no name`);
    const key = field.toLowerCase();
    const before = seen.get(key);
    if (before !== undefined)
      throw new DataError(
        "duplicate_column",
        `"${name}": the header names "${field}" twice (columns ${before + 1} and ${index + 1}; case does not count)`,
      );
    seen.set(key, index);
  });
}
