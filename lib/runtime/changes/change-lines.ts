import type { Cells } from "#lib/connectors/index.ts";
import type { LastState } from "./compact.ts";

const CHUNK = 128 * 1024;
const QUOTED = /[",\n\r]/;

/** What is to be done with a staged line. */
export const [GONE, CHANGED, MOVED] = ["d", "u", "i"] as const;

/** What a state's line says is to be done. */
export const opOf = ({ there, cells }: LastState) => (cells ? (there ? CHANGED : MOVED) : GONE);

/** Whole rows as CSV that COPY reads; a lone `\\.` would end it and is quoted. */
export const rowLines = (rows: readonly Cells[]): Generator<Buffer> =>
  inChunks(rows, (row) => (row.length === 1 && row[0] === "\\." ? '"\\."' : row.map(cellOf).join(",")));

/**
 * States as CSV: the op, a mark for each column that is as the table has it (nothing: none is), the key under which the
 * table has it, and the columns.
 */
export function stateLines(
  states: readonly LastState[],
  keyAt: readonly number[],
  width: number,
): Generator<Buffer> {
  const none = ",".repeat(keyAt.length);
  return inChunks(states, (state) => {
    const { key, cells, from } = state;
    const op = opOf(state);
    if (!cells) {
      const row = Array.from({ length: width }, (_, at) => {
        const part = keyAt.indexOf(at);
        return part < 0 ? "" : cellOf(key[part]);
      });
      return `${op},,${none}${row.join(",")}`;
    }
    const row = cells.map(cellOf).join(",");
    if (!cells.includes(undefined)) return `${op},,${none}${row}`;
    const holes = cells.map((cell) => (cell === undefined ? 1 : 0)).join("");
    return `${op},${holes},${(from ?? key).map(cellOf).join(",")},${row}`;
  });
}

function* inChunks<T>(items: readonly T[], lineOf: (item: T) => string): Generator<Buffer> {
  let text = "";
  for (const item of items) {
    text += `${lineOf(item)}\n`;
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = "";
  }
  if (text !== "") yield Buffer.from(text);
}

function cellOf(cell: string | null | undefined): string {
  if (cell === null || cell === undefined) return "";
  if (cell === "") return '""';
  return QUOTED.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
