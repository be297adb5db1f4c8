import { describe, expect, it } from "vitest";
import { columnsAfter, columnsAfterOp, compile, joinColumns, parsePipelineIR } from "./index.ts";
import type { PipelineIr } from "./schema.ts";

const csv = (path: string, ...names: string[]) => ({
  path,
  format: { type: "csv" as const, columns: names.map((name) => ({ name, type: "int" })) },
});
const ir: PipelineIr = {
  kind: "pipeline",
  version: "1.0",
  id: "p",
  metadata: { name: "P" },
  nodes: [
    {
      id: "big",
      kind: "target",
      input: "b:large",
      schema: "shop.big",
      loadMode: "append",
      postHook: "analyze",
    },
    { id: "rest", kind: "target", input: "b:other", schema: "rest", loadMode: "truncate" },
    { id: "b", kind: "branch", input: "v", cases: [{ id: "large", when: "amount > 10" }], default: "other" },
    {
      id: "v",
      kind: "validate",
      input: "t",
      datasetLevel: { fkIntegrity: { field: "customer", references: { node: "customers", field: "id" } } },
      rowLevel: [{ id: "r", field: "amount", rule: "between:1,10" }],
      quarantine: { table: "shop.rejects" },
    },
    {
      id: "t",
      kind: "transform",
      input: "orders",
      ops: [
        {
          op: "lookup_join",
          with: "customers",
          on: [{ left: "customer", right: "id" }],
          select: [{ field: "rank", as: "level" }],
        },
        { op: "cast", field: "amount", to: "numeric(9,2)" },
        { op: "hash", field: "level", algorithm: "md5" },
      ],
    },
    {
      id: "orders",
      kind: "source",
      connector: "local_fs",
      config: csv("/tmp/o.csv", "id", "customer", "amount"),
    },
    { id: "customers", kind: "source", connector: "local_fs", config: csv("/tmp/c.csv", "id", "rank") },
  ],
};

describe("compile", () => {
  const plan = compile(ir);
  const step = (id: string) => plan.steps.find(({ nodeId }) => nodeId === id);

  it("is given what the checks accept", () => {
    const result = parsePipelineIR(ir, {
      strength: "executable",
      catalogue: { sources: [], destinations: [] },
    });
    expect(result).toMatchObject({ ok: true, warnings: [] });
  });
  it("puts whatever is read before its readers, side inputs included", () => {
    const order = plan.steps.map(({ nodeId }) => nodeId);
    for (const { nodeId, inputs } of plan.steps) {
      for (const input of inputs) expect(order.indexOf(input.nodeId)).toBeLessThan(order.indexOf(nodeId));
    }
    expect(order).toHaveLength(7);
    expect(plan.targets.toSorted()).toEqual(["big", "rest"]);
    expect(plan.sideInputs).toEqual(["customers"]);
  });
  it("names every edge from both ends", () => {
    expect(step("customers")?.consumers).toEqual([
      { nodeId: "t", role: "lookup" },
      { nodeId: "v", role: "references" },
    ]);
    expect(step("b")?.consumers).toEqual([
      { nodeId: "big", role: "main", output: "large" },
      { nodeId: "rest", role: "main", output: "other" },
    ]);
    expect(step("big")?.inputs).toEqual([{ nodeId: "b", output: "large", role: "main" }]);
  });
  it("parses every text and fills in every default", () => {
    expect(step("v")).toMatchObject({
      dataset: [{ check: "fkIntegrity", references: { node: "customers", field: "id" }, onFail: "abort" }],
      rows: [
        { id: "r", rule: { name: "between", low: "1", high: "10", numeric: true }, onFail: "quarantine" },
      ],
      quarantineTable: { schema: "shop", name: "rejects" },
    });
    expect(step("t")).toMatchObject({
      ops: [
        { op: "lookup_join", how: "left", select: [{ field: "rank", as: "level" }] },
        { op: "cast", to: { name: "decimal", precision: 9, scale: 2 }, onError: "fail" },
        { op: "hash", into: "level" },
      ],
    });
    expect(step("big")).toMatchObject({
      table: { schema: "shop", name: "big" },
      postHook: { form: "analyze", table: { schema: "shop", name: "big" } },
      schemaEvolution: "evolve",
      allowEmpty: false,
    });
    expect(plan).toMatchObject({ maskedFields: ["level"], keepRejects: true, retry: { maxAttempts: 1 } });
  });
  it("knows the columns of every step", () => {
    expect(step("big")?.columns).toEqual([
      { name: "id", type: { name: "integer" } },
      { name: "customer", type: { name: "integer" } },
      { name: "amount", type: { name: "decimal", precision: 9, scale: 2 } },
      { name: "level", type: { name: "string" } },
    ]);
  });
  it("shares nothing with the document, and a plan is plain JSON", () => {
    const before = JSON.stringify(ir);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    for (const { inputs } of plan.steps) inputs.length = 0;
    expect(JSON.stringify(ir)).toBe(before);
  });
  it("refuses what no check has seen", () => {
    const broken = {
      ...ir,
      nodes: ir.nodes.with(2, { id: "b", kind: "branch", input: "v", cases: [{ id: "large", when: "(" }] }),
    };
    expect(() => compile(broken)).toThrow("compile only what parsePipelineIR accepted");
  });
});

describe("columns", () => {
  const columns = [{ name: "a", type: { name: "integer" } as const }, { name: "b" }];
  const names = (op: Parameters<typeof columnsAfterOp>[0]) =>
    columnsAfterOp(op, columns).map(({ name }) => name);
  it.each<[Parameters<typeof columnsAfterOp>[0], string[]]>([
    [{ op: "rename", from: "a", to: "z" }, ["z", "b"]],
    [{ op: "drop", fields: ["a"] }, ["b"]],
    [{ op: "expression", field: "a", expr: { type: "null" } }, ["a", "b"]],
    [{ op: "expression", field: "n", expr: { type: "null" } }, ["a", "b", "n"]],
    [{ op: "split", field: "b", separator: "-", into: ["x", "y"] }, ["a", "b", "x", "y"]],
    [{ op: "merge", fields: ["a", "b"], separator: "-", into: "m" }, ["a", "b", "m"]],
    [{ op: "hash", field: "a", algorithm: "md5", into: "h" }, ["a", "b", "h"]],
    [{ op: "aggregate", groupBy: ["b"], metrics: [{ fn: "count", as: "n" }] }, ["b", "n"]],
    [{ op: "summarize", metrics: [{ fn: "max", field: "a", as: "most" }] }, ["most"]],
    [{ op: "deduplicate", keys: ["a"], keep: "last" }, ["a", "b"]],
  ])("%j", (op, expected) => expect(names(op)).toEqual(expected));

  it("joins give equal keys once and mark other clashes", () => {
    const side = (...all: string[]) => all.map((name) => ({ name }));
    expect(joinColumns(side("id", "name"), side("id", "name", "x"), [{ left: "id", right: "id" }])).toEqual({
      left: [
        { field: "id", as: "id" },
        { field: "name", as: "name" },
      ],
      right: [
        { field: "name", as: "name_right" },
        { field: "x", as: "x" },
      ],
    });
  });
  it("a second join marks what the first one marked once more", () => {
    const side = (...all: string[]) => all.map((name) => ({ name }));
    const { right } = joinColumns(side("id", "name", "name_right"), side("id", "name"), []);
    expect(right.map(({ as }) => as)).toEqual(["id_right", "name_right_right"]);
  });
  it("are known after any node, or said not to be", () => {
    expect(columnsAfter(ir, "b:large")?.map(({ name }) => name)).toEqual([
      "id",
      "customer",
      "amount",
      "level",
    ]);
    const unknown = {
      ...ir,
      nodes: ir.nodes.with(5, {
        id: "orders",
        kind: "source",
        connector: "local_fs",
        config: { path: "/tmp/o.csv" },
      }),
    };
    expect(columnsAfter(unknown, "t")).toBeUndefined();
    expect(
      columnsAfter(unknown, "t", {
        sources: [],
        destinations: [],
        columns: { orders: [{ name: "q", type: "text" }] },
      }),
    ).toEqual([
      { name: "q", type: { name: "string" } },
      { name: "level", type: { name: "string" } },
    ]);
  });
});
