import { describe, expect, it } from "vitest";
import { compile, lineageOf, originWords, traceColumn } from "../index.ts";
import type { PipelineIr } from "../schema.ts";

const source = (id: string, ...names: string[]) => ({
  id,
  kind: "source" as const,
  connector: "local_fs" as const,
  config: {
    path: `/tmp/${id}.csv`,
    ...(names.length > 0 && {
      format: { type: "csv" as const, columns: names.map((name) => ({ name, type: "string" })) },
    }),
  },
});
const trace = (column: string, nodeId: string, ...nodes: unknown[]) => {
  const ir = { kind: "pipeline", version: "1.0", id: "p", metadata: { name: "P" }, nodes } as PipelineIr;
  const plan = compile(ir);
  return traceColumn(plan, lineageOf(plan), { nodeId, column });
};

const nodes = [
  source("orders", "id", "buyer", "amount"),
  source("people", "nr", "name"),
  source("unused", "x"),
  {
    id: "clean",
    kind: "transform",
    input: "orders",
    ops: [
      { op: "rename", from: "amount", to: "total" },
      { op: "cast", field: "total", to: "integer" },
      { op: "filter", expr: "id is not null" },
    ],
  },
  {
    id: "named",
    kind: "enrich",
    input: "clean",
    with: "people",
    on: [{ left: "buyer", right: "nr" }],
    select: ["name"],
  },
  { id: "load", kind: "target", input: "named", schema: "t", loadMode: "append" },
];

describe("traceColumn", () => {
  it("goes through every node that passes the column, under its name there, with what was done", () => {
    const found = trace("total", "load", ...nodes);
    expect(found?.nodes).toEqual([
      { nodeId: "orders", columns: [{ name: "amount", notes: [], decides: false }] },
      {
        nodeId: "clean",
        columns: [{ name: "total", notes: ["renamed from amount", "cast to integer"], decides: false }],
      },
      { nodeId: "named", columns: [{ name: "total", notes: [], decides: false }] },
      { nodeId: "load", columns: [{ name: "total", notes: [], decides: false }] },
    ]);
    expect(found?.edges).toEqual([
      { from: "named", to: "load", decides: false },
      { from: "clean", to: "named", decides: false },
      { from: "orders", to: "clean", decides: false },
    ]);
    expect(found?.rows.map((origin) => `${origin.field} ${originWords(origin, "rows")}`)).toEqual([
      "id by a filter",
    ]);
  });

  it("tells where only a decision goes", () => {
    const found = trace("name", "load", ...nodes);
    expect(found?.edges.filter(({ decides }) => decides)).toEqual([
      { from: "clean", to: "named", decides: true },
      { from: "orders", to: "clean", decides: true },
    ]);
    expect(
      found?.origins.map((origin) => `${origin.source}.${origin.field}: ${originWords(origin)}`),
    ).toEqual([
      "people.name: as it is",
      "orders.buyer: finds the row it is taken from",
      "people.nr: finds the row it is taken from",
    ]);
  });

  it("begins at any node", () => {
    expect(trace("total", "clean", ...nodes)?.nodes.map(({ nodeId }) => nodeId)).toEqual(["orders", "clean"]);
  });

  it("follows rows as a whole, and a column that no source declares", () => {
    const open = [
      source("open"),
      { id: "a", kind: "transform", input: "open", ops: [{ op: "drop", fields: ["z"] }] },
      {
        id: "b",
        kind: "transform",
        input: "a",
        ops: [
          {
            op: "summarize",
            metrics: [
              { fn: "count", as: "n" },
              { fn: "max", field: "v", as: "most" },
            ],
          },
        ],
      },
      { id: "load", kind: "target", input: "b", schema: "t", loadMode: "append" },
    ];
    expect(trace("n", "load", ...open)?.nodes.map(({ nodeId }) => nodeId)).toEqual([
      "open",
      "a",
      "b",
      "load",
    ]);
    expect(trace("most", "load", ...open)?.nodes[0]).toEqual({
      nodeId: "open",
      columns: [{ name: "v", notes: [], decides: false }],
    });
  });

  it("knows no column that is not there", () => {
    expect(trace("nothing", "load", ...nodes)).toBeUndefined();
  });
});
