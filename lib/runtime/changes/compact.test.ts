import { describe, expect, test } from "vitest";
import type { RowChange } from "#lib/connectors/index.ts";
import { randomOf } from "#tests/mirrors/random-of.ts";
import { rowLines, stateLines } from "./change-lines.ts";
import { type Compacted, Compactor } from "./compact.ts";

type Table = Map<string, string[]>;

/** What the two engines make of a part: holes first, then what goes, what changes, what comes. */
function applied(table: Table, { inserts, states, emptied }: Compacted): Table {
  const before = emptied ? new Map() : table;
  const after: Table = new Map(before);
  const filled = states.map(({ cells, key, from, ...rest }) => {
    const old = before.get((from ?? key)[0]);
    return {
      ...rest,
      key,
      cells: cells?.map((cell, at) => (cell === undefined ? old?.[at] : cell) as string),
    };
  });
  for (const { key, cells } of filled) if (!cells) expect(after.delete(key[0] as string)).toBe(true);
  for (const { key, cells, there } of filled) {
    if (!cells) continue;
    expect(after.has(key[0] as string)).toBe(there);
    expect(cells).not.toContain(undefined);
    after.set(key[0] as string, cells);
  }
  for (const row of inserts) {
    expect(after.has(row[0] as string)).toBe(false);
    after.set(row[0] as string, row as string[]);
  }
  return after;
}

describe("changes brought down to their last states", () => {
  test("leave what all of them leave, one after another", () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = randomOf(seed);
    const int = (below: number) => Math.floor(random() * below);
    let source: Table = new Map();
    let mirror: Table = new Map();
    for (let part = 0; part < 400; part++) {
      const compactor = new Compactor([0]);
      let rows = 0;
      for (let step = int(30); step >= 0; step--) {
        const key = String(int(8));
        const old = source.get(key);
        const other = String(int(8));
        const row = [key, `v${int(99)}`, `w${int(99)}`];
        const untold = (at: number) => (random() < 0.4 ? undefined : row[at]);
        let change: RowChange;
        if (random() < 0.02) {
          change = { op: "truncate" };
          source = new Map();
        } else if (!old) {
          change = { op: "insert", row };
          source.set(key, row);
        } else if (random() < 0.3) {
          change = { op: "delete", key: [key] };
          source.delete(key);
        } else if (random() < 0.4 && !source.has(other)) {
          const cells = [other, untold(1), untold(2)];
          change = { op: "update", row: cells, key: [key] };
          source.delete(key);
          source.set(
            other,
            cells.map((cell, at) => cell ?? (old[at] as string)),
          );
          rows += 1;
        } else {
          const cells = [key, untold(1), untold(2)];
          change = { op: "update", row: cells };
          source.set(
            key,
            cells.map((cell, at) => cell ?? (old[at] as string)),
          );
        }
        rows += change.op === "truncate" ? 0 : 1;
        compactor.add(change);
      }
      const compacted = compactor.take();
      expect(compacted.changes).toBe(rows);
      mirror = applied(mirror, compacted);
      expect({ seed, part, mirror: [...mirror].sort() }).toEqual({ seed, part, mirror: [...source].sort() });
    }
  });

  test("are written as COPY reads them", () => {
    const text = (lines: Iterable<Buffer>) => Buffer.concat([...lines]).toString("utf8");
    const compactor = new Compactor([1]);
    compactor.add({ op: "insert", row: ["", "k1", null] });
    compactor.add({ op: "insert", row: ['a "b",\nc', "k2", "\\."] });
    compactor.add({ op: "update", row: [undefined, "k3", "x"] });
    compactor.add({ op: "update", row: [undefined, "k5", "x"], key: ["k,4"] });
    compactor.add({ op: "delete", key: ["k6"] });
    const { inserts, states } = compactor.take();
    expect(text(rowLines(inserts))).toBe('"",k1,\n"a ""b"",\nc",k2,\\.\n');
    expect(text(stateLines(states, [1], 3))).toBe(
      'u,100,k3,,k3,x\nd,,,,"k,4",\ni,100,"k,4",,k5,x\nd,,,,k6,\n',
    );
    expect(text(rowLines([["\\."], [""], ["a"]]))).toBe('"\\."\n""\na\n');
  });
});
