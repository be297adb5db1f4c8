import type { Decode } from "./number-text.ts";
import type { Span } from "./text-values.ts";

/** A value of fixed length whose zeros at the end are not logged, as hexadecimal digits. */
const filled =
  (span: Span, width: number, write: (hex: string) => string): Decode =>
  (cursor) => {
    const from = span(cursor);
    return write(cursor.bytes.toString("hex", from, cursor.at).padEnd(width * 2, "0"));
  };

export const decodeUuid = (span: Span): Decode =>
  filled(span, 16, (hex) =>
    [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-"),
  );

const dotted = (hex: string) =>
  [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".");

export const decodeInet4 = (span: Span): Decode => filled(span, 4, dotted);

export const decodeInet6 = (span: Span): Decode => filled(span, 16, inet6Text);

/** As the server writes it: zeros left out even if there is only one group of them, and the last 32 bits dotted where the address is one of IPv4. */
function inet6Text(hex: string): string {
  const tail = hex.slice(24);
  if (hex.startsWith("0".repeat(20))) {
    const between = hex.slice(20, 24);
    if (between === "ffff") return `::ffff:${dotted(tail)}`;
    if (between === "0000" && !tail.startsWith("0000")) return `::${dotted(tail)}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => Number.parseInt(hex.slice(i * 4, i * 4 + 4), 16));
  const { from, length } = longestZeros(groups);
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  if (length === 0) return text(groups);
  return `${text(groups.slice(0, from))}::${text(groups.slice(from + length))}`;
}

function longestZeros(groups: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  for (let from = 0; from < groups.length; from++) {
    let length = 0;
    while (from + length < groups.length && groups[from + length] === 0) length++;
    if (length > best.length) best = { from, length };
  }
  return best;
}
