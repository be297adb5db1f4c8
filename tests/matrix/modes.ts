import type { LoadMode } from "#lib/ir/schema.ts";
import type { NodeCounts } from "#lib/runs/schema.ts";
import type { Value } from "./table.ts";

type Row = readonly Value[];
/** What a table holds after a load, and what the ledger says of the target. */
type Expected = { rows: readonly Row[]; counts: Partial<NodeCounts> };
type Model = {
  set: Record<string, unknown>;
  load: (before: readonly Row[], given: readonly Row[]) => Expected;
};

const replace: Model["load"] = (_before, given) => ({
  rows: given,
  counts: { in: given.length, inserted: given.length },
});
const same = (one: Row, other: Row) => JSON.stringify(one) === JSON.stringify(other);

/** What each load mode is meant to do, in a few lines: keyed by the first column. */
export const MODELS: Record<Exclude<LoadMode, "cdc_mirror">, Model> = {
  append: {
    set: {},
    load: (before, given) => ({
      rows: [...before, ...given],
      counts: { in: given.length, inserted: given.length },
    }),
  },
  truncate: { set: {}, load: replace },
  blue_green: { set: {}, load: replace },
  upsert: {
    set: { upsertKey: ["id"] },
    load: (before, given) => {
      const old = new Map(before.map((row) => [row[0], row]));
      const inserted = given.filter(([id]) => !old.has(id ?? null)).length;
      const unchanged = given.filter((row) => same(old.get(row[0] ?? null) ?? [], row)).length;
      return {
        rows: [...new Map([...before, ...given].map((row) => [row[0], row])).values()],
        counts: { in: given.length, inserted, unchanged, updated: given.length - inserted - unchanged },
      };
    },
  },
  incremental_watermark: {
    set: { watermarkColumn: "id" },
    load: (before, given) => {
      const mark = Math.max(...before.map(([id]) => Number(id)), Number.NEGATIVE_INFINITY);
      const newer = given.filter(([id]) => Number(id) > mark);
      return {
        rows: [...before, ...newer],
        counts: { in: given.length, inserted: newer.length, late: given.length - newer.length },
      };
    },
  },
};
