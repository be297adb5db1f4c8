import { DataError } from "../data-error.ts";
import { parseServerError } from "./greeting.ts";

/** Bytes of a packet's header: three of length, one of number. */
const HEADER = 4;
/** As much of a packet as tells what it is, and how long its one value is. */
const HEAD = 9;
/** A packet of this length goes on in the next one. */
const FULL = 0xffffff;

/** Takes the packets of a result with one column apart. */
export type RowLines = {
  /**
   * The values in a stretch of the wire, one after the other, in place: the memory of `chunk` is written over.
   * @throws the server's error, or DataError `row_too_long`
   */
  push: (chunk: Buffer) => Buffer;
  rows: () => number;
  ended: () => boolean;
};

/**
 * Reads a text result of one column and hands out nothing but the values. Header and prefix of a row are dropped, and
 * the rest moves up in the same memory: the cost of a row is one short copy.
 */
export function rowLines(): RowLines {
  let state: "count" | "fields" | "rows" | "end" = "count";
  let fields = 0;
  let rows = 0;
  /** Bytes of the packet under way that are still to come, and whether another packet goes on with its value. */
  let left = 0;
  let goesOn = false;
  let kept: Buffer | undefined;

  const head = (at: Buffer, start: number, length: number): number => {
    const first = at[start] ?? 0;
    if (first === 0xff) throw parseServerError(at.subarray(start, start + length));
    const eof = first === 0xfe && length < HEAD;
    if (state === "count") {
      fields = first;
      state = "fields";
      return length;
    }
    if (state === "fields") {
      // Behind the descriptions of the columns stands one packet that ends them.
      if (fields-- === 0) state = "rows";
      return length;
    }
    if (eof) {
      state = "end";
      return length;
    }
    rows++;
    if (first < 0xfb) return 1;
    if (first === 0xfc) return 3;
    if (first === 0xfd) return 4;
    if (first === 0xfe) return HEAD;
    throw new DataError("row_too_long", `Row ${rows} is longer than the server may put together at once.`, {
      row: rows,
      hint: "Raise max_allowed_packet at the server (SET GLOBAL max_allowed_packet=1073741824), or leave out the column with the large values.",
    });
  };

  const push = (received: Buffer): Buffer => {
    const chunk = kept ? Buffer.concat([kept, received]) : received;
    kept = undefined;
    const end = chunk.length;
    let from = 0;
    let to = 0;
    while (from < end) {
      if (left > 0) {
        const upTo = Math.min(end, from + left);
        chunk.copyWithin(to, from, upTo);
        to += upTo - from;
        left -= upTo - from;
        from = upTo;
        continue;
      }
      if (end - from < HEADER) break;
      const length = (chunk[from] ?? 0) | ((chunk[from + 1] ?? 0) << 8) | ((chunk[from + 2] ?? 0) << 16);
      if (goesOn) {
        from += HEADER;
        left = length;
        goesOn = length === FULL;
        continue;
      }
      // What is no row is looked at whole; of a row its beginning is enough.
      const needed = state !== "rows" || chunk[from + HEADER] === 0xff ? length : Math.min(length, HEAD);
      if (end - from < HEADER + needed) break;
      const skipped = head(chunk, from + HEADER, length);
      from += HEADER + skipped;
      left = length - skipped;
      goesOn = length === FULL;
    }
    if (from < end) kept = Buffer.from(chunk.subarray(from));
    return chunk.subarray(0, to);
  };
  return { push, rows: () => rows, ended: () => state === "end" };
}
