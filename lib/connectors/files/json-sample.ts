import { limits } from "#lib/limits.ts";
import { DataError } from "../data-error.ts";
import { inferType } from "./infer-types.ts";

/** Columns and first rows of the beginning of a JSON file. */
export type JsonSample = {
  columns: { name: string; type: string }[];
  sampleRows: Record<string, string | null>[];
};

/**
 * Looks into the beginning of JSON: an array of objects or objects one after another, or one object a line.
 * @param complete false where the text is cut off: its last, unfinished object is left out.
 * @throws DataError `bad_json` with the row.
 */
export function jsonSample(
  format: "json" | "jsonl",
  text: string,
  complete: boolean,
  path: string,
): JsonSample {
  const { pieces, open } =
    format === "json" ? objectsIn(text) : { pieces: linesIn(text, complete), open: false };
  if (complete && (open || (pieces.length === 0 && !/^\s*\[\s*\]\s*$/.test(text))))
    throw new DataError("bad_json", `"${path}" is cut off, or holds no JSON objects`);
  const rows = pieces.slice(0, limits.previewRows).map((piece, index) => parsed(piece, index + 1, path));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.map((name) => ({ name, type: jsonType(rows.map((row) => row[name])) }));
  const sampleRows = rows
    .slice(0, limits.previewSample)
    .map((row) => Object.fromEntries(names.map((name) => [name, shown(row[name])])));
  return { columns, sampleRows };
}

function linesIn(text: string, complete: boolean): string[] {
  const lines = text.split("\n");
  if (!complete) lines.pop();
  return lines.filter((line) => line.trim() !== "");
}

/** The whole objects of a text that lie in no other object, and whether one is begun at its end. */
function objectsIn(text: string): { pieces: string[]; open: boolean } {
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length && pieces.length < limits.previewRows; at++) {
    const char = text.charAt(at);
    if (char === '"') at = endOfString(text, at);
    else if (char === "{") {
      if (depth === 0) start = at;
      depth++;
    } else if (char === "}" && --depth === 0) pieces.push(text.slice(start, at + 1));
  }
  return { pieces, open: depth > 0 };
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function parsed(piece: string, row: number, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(piece);
  } catch {
    throw new DataError("bad_json", `"${path}": row ${row} is not JSON`, { row });
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new DataError("bad_json", `"${path}": row ${row} is no JSON object`, { row });
  return value as Record<string, unknown>;
}

const shown = (value: unknown) =>
  value === undefined || value === null ? null : typeof value === "string" ? value : JSON.stringify(value);

function jsonType(values: readonly unknown[]): string {
  const given = values.filter((value) => value !== undefined && value !== null);
  const kinds = new Set(given.map((value) => typeof value));
  if (kinds.size !== 1) return given.length === 0 ? "string" : "json";
  if (kinds.has("boolean")) return "boolean";
  if (kinds.has("number")) return numberType(given as number[]);
  return kinds.has("string") ? inferType(given as string[]) : "json";
}

function numberType(values: readonly number[]): string {
  if (!values.every(Number.isInteger)) return "double";
  // Beyond 2^53 the digits are gone here, but not in the file.
  return values.every(Number.isSafeInteger) ? "bigint" : "decimal(38,0)";
}
