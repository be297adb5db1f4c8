import { limits } from "#lib/limits.ts";
import type { ReadProgress } from "../engine.ts";

/** How much of a source a dry run still takes; what is taken is subtracted. `cut` tells that something was left. */
export type Share = { rows: number; bytes: number; cut: () => void };

/** What a dry run may take of one source. @param progress is told when it left off. */
export const shareOf = (rows: number, progress: ReadProgress): Share => ({
  rows,
  bytes: limits.previewBytes,
  cut: () => {
    progress.cut = true;
  },
});

/** Whether a row ends with a byte. Asked of each byte in turn. */
type EndsRow = (byte: number) => boolean;

const [TAB, LINE_FEED, CARRIAGE_RETURN, SPACE] = [9, 10, 13, 32];

/**
 * The first records of delimited text without a header (RFC 4180), whole ones only: whatever comes after them is not
 * even asked for. Quoted line ends are part of a record; empty lines are none.
 */
export function firstRecords(
  chunks: AsyncIterable<Buffer>,
  dialect: { delimiter: string; quote: string; lineEnd: string },
  share: Share,
): AsyncGenerator<Buffer> {
  const quote = Buffer.from(dialect.quote);
  // A quote of several bytes cannot be told from parts of other characters: the engine then takes what it needs.
  if (quote.length > 1) return untouched(chunks);
  return firstRows(chunks, recordEnds({ ...dialect, quote: quote[0] as number }), share);
}

/** The first lines of JSON Lines that hold something. */
export function firstLines(chunks: AsyncIterable<Buffer>, share: Share): AsyncGenerator<Buffer> {
  let empty = true;
  const ends = (byte: number) => {
    if (byte !== LINE_FEED) {
      empty &&= byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN;
      return false;
    }
    const ended = !empty;
    empty = true;
    return ended;
  };
  return firstRows(chunks, ends, share);
}

/** The first objects of JSON: of an array, which is closed after them, or of objects one after another. */
export async function* firstObjects(chunks: AsyncIterable<Buffer>, share: Share): AsyncGenerator<Buffer> {
  let [depth, base] = [0, -1];
  let [quoted, escaped] = [false, false];
  const ends = (byte: number) => {
    const char = String.fromCharCode(byte);
    if (quoted) {
      if (escaped) escaped = false;
      else if (char === "\\") escaped = true;
      else if (char === '"') quoted = false;
      return false;
    }
    if (char === '"') quoted = true;
    else if (char === "{" || char === "[") {
      if (base < 0) base = char === "[" ? 1 : 0;
      depth++;
    } else if (char === "}" || char === "]") return --depth === base && (base === 0 || char === "}");
    return false;
  };
  const all = firstRows(chunks, ends, share);
  let piece = await all.next();
  while (!piece.done) {
    yield piece.value;
    piece = await all.next();
  }
  if (piece.value === "cut" && base === 1) yield Buffer.from("]");
}

function recordEnds({
  delimiter: written,
  quote,
  lineEnd,
}: {
  delimiter: string;
  quote: number;
  lineEnd: string;
}): EndsRow {
  const delimiter = Buffer.from(written);
  const last = lineEnd === "\r" ? CARRIAGE_RETURN : LINE_FEED;
  let matched = 0;
  let empty = true;
  let [quoted, mayBegin] = [false, true];
  return (byte) => {
    if (quoted) {
      // The end, or the first of two: then the second one begins the value again.
      if (byte === quote) [quoted, mayBegin] = [false, true];
      return false;
    }
    if (byte === last) {
      const ended = !empty;
      [empty, mayBegin, matched] = [true, true, 0];
      return ended;
    }
    empty &&= byte === CARRIAGE_RETURN;
    if (byte === quote && mayBegin) {
      [quoted, matched] = [true, 0];
      return false;
    }
    matched = byte === delimiter[matched] ? matched + 1 : byte === delimiter[0] ? 1 : 0;
    mayBegin = matched === delimiter.length;
    if (mayBegin) matched = 0;
    return false;
  };
}

/** @returns `cut` if there may be more. */
async function* firstRows(
  chunks: AsyncIterable<Buffer>,
  ends: EndsRow,
  share: Share,
): AsyncGenerator<Buffer, "cut" | "whole"> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let found = 0;
  for await (const chunk of chunks) {
    if (heldBytes > limits.csvRecordBytes) {
      // No row may be so long: the engine is to see it, and say so.
      yield chunk;
      continue;
    }
    let whole = 0;
    for (let at = 0; at < chunk.length && share.rows > 0; at++)
      if (ends(chunk[at] as number)) {
        whole = at + 1;
        found++;
        share.rows--;
      }
    if (whole > 0) {
      yield Buffer.concat([...held, chunk.subarray(0, whole)]);
      [held, heldBytes] = [[], 0];
    }
    share.bytes -= chunk.length;
    if (share.rows <= 0 || (share.bytes <= 0 && found > 0)) {
      share.cut();
      return "cut";
    }
    const rest = whole > 0 ? chunk.subarray(whole) : chunk;
    held.push(rest);
    heldBytes += rest.length;
    if (heldBytes > limits.csvRecordBytes) yield Buffer.concat(held);
  }
  if (heldBytes > 0 && heldBytes <= limits.csvRecordBytes) {
    yield Buffer.concat(held);
    share.rows--;
  }
  return "whole";
}

async function* untouched(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks;
}
