/** A line without its end, or what takes the place of one that is longer than allowed. */
export type Line = Uint8Array | "too_long";

/**
 * Splits bytes that arrive in pieces into lines. Blank ones are left out; of one that is too long only the fact is
 * kept, so that no line costs more memory than the limit.
 */
export function lineSplitter(maxBytes: number): { push: (piece: Uint8Array) => Line[]; end: () => Line[] } {
  let held: Uint8Array[] = [];
  let size = 0;
  const hold = (part: Uint8Array) => {
    size += part.length;
    if (size > maxBytes) held = [];
    // A copy: the piece may be a small part of a large buffer that would be kept with it.
    else if (part.length > 0) held.push(part.slice());
  };
  const finish = (part: Uint8Array): Line[] => {
    if (size === 0) return part.length > maxBytes ? ["too_long"] : nonBlank(part);
    hold(part);
    const line = size > maxBytes ? "too_long" : Buffer.concat(held);
    held = [];
    size = 0;
    return line === "too_long" ? [line] : nonBlank(line);
  };
  return {
    push(piece) {
      const lines: Line[] = [];
      let start = 0;
      for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
        for (const line of finish(piece.subarray(start, end))) lines.push(line);
        start = end + 1;
      }
      if (start < piece.length) hold(piece.subarray(start));
      return lines;
    },
    end: () => finish(new Uint8Array()),
  };
}

const NEWLINE = 0x0a;
const BLANK = new Set([0x20, 0x09, 0x0d]);

function nonBlank(line: Uint8Array): Line[] {
  return line.every((byte) => BLANK.has(byte)) ? [] : [line];
}
