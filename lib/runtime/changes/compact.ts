import type { Cells, KeyCells, RowChange } from "#lib/connectors/index.ts";

/**
 * What a key's row comes to after some changes. `there`: the table had one before them. `cells` undefined: it has none
 * any more. Cells that are undefined are as the table has them, at the key `from` if that is another one.
 */
export type LastState = { key: KeyCells; there: boolean; cells: Cells | undefined; from?: KeyCells };

/**
 * Changes brought down to what is left of them. `emptied`: the table was emptied before them. `inserts` are new rows,
 * known whole; `states` everything else. `changes` counts rows: another key is a row that went and one that came, and
 * emptying the table is none by itself.
 */
export type Compacted = { inserts: Cells[]; states: LastState[]; emptied: boolean; changes: number };

/** Follows changes in their order and knows what each key's row is in the end. */
export class Compactor {
  private states = new Map<string, LastState>();
  private emptied = false;
  private changes = 0;
  private bytes = 0;
  private readonly keyAt: number[];
  private readonly single: number | undefined;

  /** @param keyAt where the key's columns are in a row */
  constructor(keyAt: readonly number[]) {
    this.keyAt = [...keyAt];
    this.single = keyAt.length === 1 ? keyAt[0] : undefined;
  }

  /** About how many changes, and bytes of text, it holds. */
  get size(): { changes: number; bytes: number } {
    return { changes: this.changes, bytes: this.bytes };
  }

  add(change: RowChange): void {
    this.changes += change.op === "truncate" ? 0 : change.op === "update" && change.key ? 2 : 1;
    switch (change.op) {
      case "truncate":
        this.states = new Map();
        this.emptied = true;
        this.bytes = 0;
        return;
      case "delete":
        this.set(change.key, undefined, true);
        return;
      case "insert":
        this.bytes += bytesOf(change.row);
        this.set(this.keyOf(change.row), change.row, false);
        return;
      case "update":
        this.bytes += bytesOf(change.row);
        this.update(this.keyOf(change.row), change.row, change.key);
    }
  }

  /** What it came to; it is empty again. */
  take(): Compacted {
    const { emptied, changes } = this;
    const [inserts, states]: [Cells[], LastState[]] = [[], []];
    for (const state of this.states.values()) {
      const { there, cells } = state;
      if (there || cells?.includes(undefined)) states.push(state);
      // A row that came and went in between was never there.
      else if (cells) inserts.push(cells);
    }
    this.states = new Map();
    this.emptied = false;
    this.changes = 0;
    this.bytes = 0;
    return { inserts, states, emptied, changes };
  }

  private update(key: KeyCells, row: Cells, before: KeyCells | undefined): void {
    let cells = row;
    let from = before;
    if (row.includes(undefined)) {
      const old = this.states.get(idOf(before ?? key));
      if (old?.cells) {
        const { cells: known } = old;
        cells = row.map((cell, at) => (cell === undefined ? known[at] : cell));
        from = old.from ?? before;
      }
    }
    if (before) this.set(before, undefined, true);
    this.set(key, cells, !before, cells.includes(undefined) ? from : undefined);
  }

  /** @param there whether the table had a row of that key, if nothing is known of it yet */
  private set(key: KeyCells, cells: Cells | undefined, there: boolean, from?: KeyCells): void {
    const id = idOf(key);
    const old = this.states.get(id);
    this.states.set(id, { key, cells, there: old ? old.there : there, ...(from && { from }) });
  }

  private keyOf(row: Cells): KeyCells {
    if (this.single !== undefined) return [row[this.single] as string];
    return this.keyAt.map((at) => row[at] as string);
  }
}

const idOf = (key: KeyCells): string => (key.length === 1 ? (key[0] as string) : JSON.stringify(key));

function bytesOf(row: Cells): number {
  let bytes = 0;
  for (const cell of row) bytes += cell ? cell.length : 1;
  return bytes;
}
