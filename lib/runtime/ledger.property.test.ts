import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type IrNode, openPlanLab, type PlanLab } from "#tests/plan-kit.ts";

type Line = { id: number; k: string | null; v: number | null };
/** What a node makes of rows: those it passes, and how many went which way. */
type Made = { rows: Line[]; rejected?: number; filtered?: number; deduplicated?: number };
/** A node of a random pipeline, and the same said in a few lines of plain code. */
const MODES = [
  { loadMode: "append" },
  { loadMode: "upsert", upsertKey: ["id"] },
  { loadMode: "incremental_watermark", watermarkColumn: "v" },
];
type Step = { title: string; node: (id: string, input: string) => IrNode; model: (rows: Line[]) => Made };

const transform = (op: IrNode) => (id: string, input: string) => ({
  id,
  kind: "transform",
  input,
  ops: [op],
});
const keyOf = ({ k }: Line) => JSON.stringify(k);

const filter = fc.integer({ min: -3, max: 3 }).map(
  (limit): Step => ({
    title: `v > ${limit}`,
    node: transform({ op: "filter", expr: `v > ${limit}` }),
    model: (rows) => {
      const kept = rows.filter(({ v }) => v !== null && v > limit);
      return { rows: kept, filtered: rows.length - kept.length };
    },
  }),
);

const deduplicate = fc.constantFrom("first", "last").map(
  (keep): Step => ({
    title: `one of each k, the ${keep}`,
    node: transform({ op: "deduplicate", keys: ["k"], keep }),
    model: (rows) => {
      const chosen = new Map<string, Line>();
      for (const row of rows) if (keep === "last" || !chosen.has(keyOf(row))) chosen.set(keyOf(row), row);
      return { rows: [...chosen.values()], deduplicated: rows.length - chosen.size };
    },
  }),
);

const add = fc.integer({ min: -2, max: 2 }).map(
  (more): Step => ({
    title: `v + ${more}`,
    node: transform({ op: "expression", field: "v", expr: `v + ${more}` }),
    model: (rows) => ({ rows: rows.map((row) => ({ ...row, v: row.v === null ? null : row.v + more })) }),
  }),
);

const map = fc.constant<Step>({
  title: "a becomes b",
  node: transform({ op: "map_values", field: "k", mapping: { a: "b" } }),
  model: (rows) => ({ rows: rows.map((row) => (row.k === "a" ? { ...row, k: "b" } : row)) }),
});

const rule = fc.tuple(fc.constantFrom("quarantine", "drop", "warn"), fc.constantFrom("k", "v")).map(
  ([onFail, field]): Step => ({
    title: `${field} is there, or ${onFail}`,
    node: (id, input) => ({
      id,
      kind: "validate",
      input,
      rowLevel: [{ id: "r", field, rule: "not_null", onFail }],
    }),
    model: (rows) => {
      const kept = onFail === "warn" ? rows : rows.filter((row) => row[field as "k" | "v"] !== null);
      return { rows: kept, rejected: rows.length - kept.length };
    },
  }),
);

const cells = fc.record({
  k: fc.option(fc.constantFrom("a", "b", "c"), { nil: null }),
  v: fc.option(fc.integer({ min: -5, max: 5 }), { nil: null }),
});
const table = fc.array(cells, { maxLength: 12 }).map((rows) => rows.map((row, id): Line => ({ id, ...row })));
const steps = fc.array(fc.oneof(filter, deduplicate, add, map, rule), { maxLength: 5 });
const limit = fc.integer({ min: -3, max: 3 });

const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();

/** Groups as SQL makes them: NULL is a group of its own, and a sum of NULLs is NULL. */
function totals(rows: Line[]) {
  const groups = new Map<string, { k: string | null; n: string; total: string | null }>();
  for (const { k, v } of rows) {
    const group = groups.get(JSON.stringify(k)) ?? { k, n: "0", total: null };
    const total = v === null ? group.total : String(Number(group.total ?? 0) + v);
    groups.set(JSON.stringify(k), { k, n: String(Number(group.n) + 1), total });
  }
  return [...groups.values()];
}

describe("any pipeline of random nodes over any small table", () => {
  let lab: PlanLab;
  beforeAll(() => {
    lab = openPlanLab();
  });
  afterAll(() => lab.close());

  it("gives the rows that plain code gives, and balances at every node and edge", async () => {
    await fc.assert(
      fc.asyncProperty(table, steps, limit, fc.boolean(), async (rows, middle, above, fallback) => {
        const csv = `id,k,v\n${rows.map(({ id, k, v }) => `${id},${k ?? ""},${v ?? ""}\n`).join("")}`;
        const [big, rest, sums] = [lab.table(), lab.table(), lab.table()];
        const nodes: IrNode[] = [lab.csv(csv, ["id integer", "k string", "v integer"])];
        const expected: Record<string, object> = { src: { in: rows.length, out: rows.length } };
        let last = "src";
        let now = rows;
        middle.forEach((step, index) => {
          const id = `n${index}`;
          nodes.push(step.node(id, last));
          const { rows: out, rejected = 0, filtered = 0, deduplicated = 0 } = step.model(now);
          expected[id] = { in: now.length, out: out.length, rejected, filtered, deduplicated, unmatched: 0 };
          [last, now] = [id, out];
        });
        const metrics = [
          { fn: "count", as: "n" },
          { fn: "sum", field: "v", as: "total" },
        ];
        nodes.push(
          {
            id: "b",
            kind: "branch",
            input: last,
            cases: [{ id: "big", when: `v > ${above}` }],
            ...(fallback && { default: "rest" }),
          },
          lab.target("b:big", big, {}, "one"),
          ...(fallback ? [lab.target("b:rest", rest, {}, "two")] : []),
          { id: "g", kind: "transform", input: last, ops: [{ op: "aggregate", groupBy: ["k"], metrics }] },
          lab.target("g", sums, {}, "three"),
        );
        const ran = await lab.run(nodes);
        expect(ran.error).toBeUndefined();
        const isBig = ({ v }: Line) => v !== null && v > above;
        const others = now.filter((row) => !isBig(row));
        expect(sorted(await lab.rows(big))).toEqual(sorted(now.filter(isBig)));
        if (fallback) expect(sorted(await lab.rows(rest))).toEqual(sorted(others));
        expect(sorted(await lab.rows(sums))).toEqual(sorted(totals(now)));
        const out = now.length - (fallback ? 0 : others.length);
        expect(ran.ledger.nodes).toMatchObject({
          ...expected,
          b: { in: now.length, out, filtered: now.length - out },
          g: { in: now.length, out: totals(now).length },
          one: { in: now.length - others.length, inserted: now.length - others.length },
        });
        expect(ran.ledger).toMatchObject({ balanced: true, read: rows.length });
        for (const { from, output, to, rows: moved } of ran.ledger.edges) {
          expect(ran.ledger.nodes[to]?.in).toBe(moved);
          if (output === undefined) expect(ran.ledger.nodes[from]?.out).toBe(moved);
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  it("loads into a linear pipeline's target what was read less what went another way", async () => {
    await fc.assert(
      fc.asyncProperty(table, steps, fc.constantFrom(...MODES), async (rows, middle, mode) => {
        const csv = `id,k,v\n${rows.map(({ id, k, v }) => `${id % 5},${k ?? ""},${v ?? ""}\n`).join("")}`;
        const target = lab.table();
        let last = "src";
        const nodes = [lab.csv(csv, ["id integer", "k string", "v integer"])];
        middle.forEach(({ node }, index) => {
          nodes.push(node(`n${index}`, last));
          last = `n${index}`;
        });
        const { ledger } = await lab.run([...nodes, lab.target(last, target, mode)]);
        const { read, loaded, rejected, filtered, deduplicated } = ledger;
        expect(ledger.balanced).toBe(true);
        const late = ledger.nodes.out?.late ?? 0;
        expect(read).toBe(loaded + rejected + filtered + deduplicated + late);
        expect(await lab.rows(target)).toHaveLength(loaded);
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
