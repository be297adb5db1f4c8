import type { OpenedTable } from "#lib/connectors/index.ts";
import type { ReadProgress } from "./engine.ts";

/** Nothing of a table read yet, of as many rows as its source estimates. */
export function startOf({ rowEstimate = 0 }: Pick<OpenedTable, "rowEstimate">): ReadProgress {
  const known = rowEstimate > 0 && { rowsExpected: rowEstimate };
  return { bytes: 0, totalBytes: 0, text: 0, rowBytes: 0, ...known };
}

/** Counts a chunk of CSV. */
export function countText(progress: ReadProgress, chunk: Buffer): void {
  progress.text += chunk.length;
  progress.rowBytes ||= bytesPerRow(chunk);
}

/** Counts a chunk of PostgreSQL's binary COPY. */
export function countBinary(progress: ReadProgress, chunk: Buffer): void {
  progress.rowBytes ||= progress.text === 0 ? bytesPerBinaryRow(chunk) : 0;
  progress.text += chunk.length;
}

/** Signature, flags and the length of an extension that is not there (PostgreSQL's COPY, binary format). */
const BINARY_HEADER = 19;

/** Bytes of a row of delimited text, judged by one chunk of it. */
function bytesPerRow(chunk: Buffer): number {
  let lines = 1;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
  return chunk.length / lines;
}

/** Bytes of a row of PostgreSQL's binary COPY, judged by the stream's first chunk; 0 if it holds no whole row. */
function bytesPerBinaryRow(first: Buffer): number {
  let rows = 0;
  let at = BINARY_HEADER;
  let end = at;
  while (at + 2 <= first.length) {
    const fields = first.readInt16BE(at);
    if (fields < 0) break;
    at += 2;
    for (let field = 0; field < fields && at + 4 <= first.length; field++)
      at += 4 + Math.max(0, first.readInt32BE(at));
    if (at > first.length) break;
    rows++;
    end = at;
  }
  return rows === 0 ? 0 : (end - BINARY_HEADER) / rows;
}
