import type { LastState } from "./compact.ts";

const CHUNK = 128 * 1024;
const QUOTED = /[",\n\r]/;

/** The op of a staged line: a row that is to be there, or a key that is not. */
export const ROW_OP = "r";
export const GONE_OP = "d";

/**
 * States as CSV that COPY reads: the op, a mark for each column that is as the table has it (nothing: none is), the key
 * under which the table has it, and the columns.
 */
export function* changeLines(
  states: readonly LastState[],
  keyAt: readonly number[],
  width: number,
): Generator<Buffer> {
  let lines: string[] = [];
  let size = 0;
  for (const state of states) {
    const line = lineOf(state, keyAt, width);
    lines.push(line);
    size += line.length;
    if (size < CHUNK) continue;
    yield Buffer.from(lines.join(""));
    lines = [];
    size = 0;
  }
  if (lines.length > 0) yield Buffer.from(lines.join(""));
}

function lineOf({ key, cells, from }: LastState, keyAt: readonly number[], width: number): string {
  if (!cells) {
    let line = `${GONE_OP},,${",".repeat(keyAt.length)}`;
    for (let at = 0; at < width; at++) {
      const part = keyAt.indexOf(at);
      line += part < 0 ? "," : `${cellOf(key[part])},`;
    }
    return `${line.slice(0, -1)}\n`;
  }
  const known = !cells.includes(undefined);
  let line = known
    ? `${ROW_OP},,${",".repeat(keyAt.length)}`
    : `${ROW_OP},${cells.map((cell) => (cell === undefined ? 1 : 0)).join("")},${(from ?? key).map(cellOf).join(",")},`;
  for (let at = 0; at < width; at++) line += at === 0 ? cellOf(cells[at]) : `,${cellOf(cells[at])}`;
  return `${line}\n`;
}

function cellOf(cell: string | null | undefined): string {
  if (cell === null || cell === undefined) return "";
  if (cell === "") return '""';
  return QUOTED.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
