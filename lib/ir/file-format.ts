import { FILE_FORMATS, type FileFormat, type FileSourceConfig } from "./nodes/source.ts";

const ALIASES: ReadonlyMap<string, FileFormat> = new Map([
  ...FILE_FORMATS.map((format) => [format, format] as const),
  ["ndjson", "jsonl"],
  ["pq", "parquet"],
  ["tab", "tsv"],
]);

/** What a file's name tells: its format from the extension, and a compression from a last `.gz` or `.zst`. */
export function fileFormatOf(name: string): { format?: FileFormat; compression?: "gz" | "zst" } {
  const parts = name.toLowerCase().split("/").at(-1)?.split(".") ?? [];
  const last = parts.at(-1);
  const compression = last === "gz" || last === "zst" ? last : undefined;
  // A regular expression ends in `$` and escapes its dots.
  const extension = (compression ? parts.at(-2) : last)?.replace(/[\\$]+/g, "");
  const format = parts.length > 1 && extension !== undefined ? ALIASES.get(extension) : undefined;
  return { ...(format && { format }), ...(compression && { compression }) };
}

/** The format of a file source: as declared, else as its pattern's or path's name tells; undefined if neither. */
export function sourceFormat(config: FileSourceConfig): FileFormat | undefined {
  return config.format?.type ?? fileFormatOf(config.pattern?.value ?? config.path ?? "").format;
}
