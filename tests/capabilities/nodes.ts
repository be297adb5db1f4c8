import { expect } from "vitest";
import type { IrNode } from "#tests/plan-kit.ts";
import type { CapabilityCase } from "./case.ts";

const orders = "id,who,size\n1,a,5\n2,b,50\n3,a,500\n4,,\n";
const ORDERS = ["id integer", "who string", "size integer"];
const people = "who,name\na,Ann\nb,Bo\nb,Bob\nc,Cy\n,Nobody\n";
const PEOPLE = ["who string", "name string"];
const on = [{ left: "who", right: "who" }];

const branch = (fallback: boolean): CapabilityCase => ({
  line: "node branch",
  title: fallback
    ? "the first true case, else the default"
    : "without a default what matches nothing is filtered",
  run: async (lab) => {
    const [big, mine, rest] = [lab.table(), lab.table(), lab.table()];
    const ran = await lab.run([
      lab.csv(orders, ORDERS),
      {
        id: "b",
        kind: "branch",
        input: "src",
        cases: [
          { id: "big", when: "size >= 50" },
          { id: "mine", when: "who = 'a'" },
        ],
        ...(fallback && { default: "rest" }),
      },
      lab.target("b:big", big, {}, "out1"),
      { id: "t", kind: "transform", input: "b:mine", ops: [{ op: "add_field", field: "tag", value: "x" }] },
      lab.target("t", mine, {}, "out2"),
      ...(fallback ? [lab.target("b:rest", rest, {}, "out3")] : []),
    ]);
    expect(ran.error).toBeUndefined();
    const ids = async (table: string) => (await lab.rows(table)).map(({ id }) => id);
    expect([await ids(big), await ids(mine)]).toEqual([[2, 3], [1]]);
    if (fallback) expect(await ids(rest)).toEqual([4]);
    expect(ran.ledger).toMatchObject({
      balanced: true,
      loaded: fallback ? 4 : 3,
      filtered: fallback ? 0 : 1,
    });
    expect(ran.ledger.edges).toContainEqual({ from: "b", output: "big", to: "out1", rows: 2 });
  },
});

/** id, who and name that each kind of join gives. */
const JOINED: Record<string, unknown[][]> = {
  inner: [
    [1, "a", "Ann"],
    [2, "b", "Bo"],
    [2, "b", "Bob"],
    [3, "a", "Ann"],
  ],
  left: [[4, null, null]],
  right: [
    [null, "c", "Cy"],
    [null, null, "Nobody"],
  ],
};
const joins = (["inner", "left", "right", "full"] as const).map(
  (how): CapabilityCase => ({
    line: "node join",
    title: `${how}: pairs, and what has no partner`,
    run: async (lab) => {
      const table = lab.table();
      const ran = await lab.run([
        lab.csv(orders, ORDERS),
        lab.csv(people, PEOPLE, "people"),
        { id: "j", kind: "join", left: "src", right: "people", on, how },
        lab.target("j", table),
      ]);
      expect(ran.error).toBeUndefined();
      const wanted = [
        ...(JOINED.inner ?? []),
        ...(how === "left" || how === "full" ? (JOINED.left ?? []) : []),
        ...(how === "right" || how === "full" ? (JOINED.right ?? []) : []),
      ];
      const sorted = (rows: unknown[][]) => rows.map((row) => JSON.stringify(row)).sort();
      expect(sorted((await lab.rows(table)).map(({ id, who, name }) => [id, who, name]))).toEqual(
        sorted(wanted),
      );
      expect(ran.ledger).toMatchObject({ balanced: true, loaded: wanted.length });
      expect(ran.ledger.nodes.j).toMatchObject({ in: 9, out: wanted.length });
    },
  }),
);

const enrich = (line: string, input: "node" | "branch"): CapabilityCase => ({
  line,
  title: input === "node" ? "keeps every row, once" : "with one output of a branch",
  run: async (lab) => {
    const table = lab.table();
    const middle: IrNode[] =
      input === "node"
        ? []
        : [
            {
              id: "b",
              kind: "branch",
              input: "people",
              cases: [{ id: "as", when: "who = 'a'" }],
              default: "others",
            },
          ];
    const ran = await lab.run([
      lab.csv(orders, ORDERS),
      lab.csv(people, PEOPLE, "people"),
      ...middle,
      {
        id: "e",
        kind: "enrich",
        input: "src",
        with: input === "node" ? "people" : "b:as",
        on,
        select: ["name", { field: "who", as: "found" }],
      },
      lab.target("e", table),
      ...(input === "node" ? [] : [lab.target("b:others", lab.table(), {}, "out2")]),
    ]);
    expect(ran.error).toBeUndefined();
    const second = input === "node" ? ["Bo", "b"] : [null, null];
    expect((await lab.rows(table)).map(({ id, name, found }) => [id, name, found])).toEqual([
      [1, "Ann", "a"],
      [2, ...second],
      [3, "Ann", "a"],
      [4, null, null],
    ]);
    expect(ran.ledger.balanced).toBe(true);
  },
});

/** Every kind of node beside transform and validate, whose parts have tables of their own. */
export const nodeCases: CapabilityCase[] = [
  branch(true),
  branch(false),
  ...joins,
  enrich("node enrich", "node"),
  enrich("config_key enrich.with:node", "branch"),
  ...["node source", "node target"].map(
    (line): CapabilityCase => ({
      line,
      title: "two sources, one of them read by two targets",
      run: async (lab) => {
        const [one, two, three] = [lab.table(), lab.table(), lab.table()];
        const ran = await lab.run([
          lab.csv(orders, ORDERS),
          lab.csv(people, PEOPLE, "people"),
          lab.target("src", one, {}, "out1"),
          lab.target("src", two, {}, "out2"),
          lab.target("people", three, {}, "out3"),
        ]);
        expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, read: 9, loaded: 13 } });
        expect(await lab.rows(one)).toEqual(await lab.rows(two));
        expect(await lab.rows(three)).toHaveLength(5);
      },
    }),
  ),
  {
    line: "config_key errorHandling.dlq",
    title: "rejected rows are kept, or the first of them ends the run",
    run: async (lab) => {
      const nodes = (table: string) => [lab.csv("id\n1\nx\n", ["id integer"]), lab.target("src", table)];
      const table = lab.table();
      const kept = await lab.run(nodes(table), { errorHandling: { dlq: { enabled: true } } });
      expect(kept).toMatchObject({
        status: "completed_with_errors",
        rejects: [{ rule: "type:id", row: { id: "x" } }],
      });
      const ended = await lab.run(nodes(lab.table()), { errorHandling: { dlq: { enabled: false } } });
      expect(ended).toMatchObject({
        status: "failed",
        rejects: [],
        error: { code: "row_failed", row: 2, rule: "type:id" },
      });
    },
  },
];
