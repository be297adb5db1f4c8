import { formatCompact } from "#components/ui/format.ts";
import type { Stream } from "#lib/connectors/schema.ts";

/** What is known of a stream in one line: its columns, its key, about how many rows. */
export function streamFacts({ kind, columns, primaryKey, rowEstimate, bytes, note }: Stream): string {
  return [
    kind === "view" ? "view" : undefined,
    columns.length > 0 ? `${columns.length} ${columns.length === 1 ? "column" : "columns"}` : undefined,
    primaryKey.length > 0 ? `key ${primaryKey.join(", ")}` : kind === "files" ? undefined : "no key",
    rowEstimate === null ? undefined : `about ${formatCompact(rowEstimate)} rows`,
    rowEstimate === null && bytes !== null ? formatBytes(bytes) : undefined,
    note,
  ]
    .filter(Boolean)
    .join(" · ");
}

function formatBytes(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
  const value = bytes / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
