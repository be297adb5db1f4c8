import { expect, test } from "vitest";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { depthOf, graphEdges, keyLine, nodeFacts } from "./node-facts.ts";

const ir: PipelineIr = {
  kind: "pipeline",
  version: "1.0",
  id: "p",
  metadata: { name: "P" },
  nodes: [
    {
      id: "orders",
      kind: "source",
      connector: "local_fs",
      config: { path: "/tmp/in/", pattern: { type: "glob", value: "*.csv" }, format: { type: "csv" } },
    },
    {
      id: "shops",
      kind: "source",
      connector: "postgres",
      config: { stream: "public.shops", syncMode: "full_refresh" },
    },
    {
      id: "t",
      kind: "transform",
      input: "orders",
      ops: [
        { op: "lookup_join", with: "shops", on: [{ left: "a", right: "b" }], select: ["c"] },
        { op: "filter", expr: "a > 1" },
      ],
    },
    { id: "b", kind: "branch", input: "t", cases: [{ id: "big", when: "a > 9" }], default: "rest" },
    {
      id: "v",
      kind: "validate",
      input: "b:big",
      datasetLevel: { rowCount: { min: 1 } },
      rowLevel: [{ id: "r", field: "a", rule: "not_null" }],
    },
    { id: "load", kind: "target", input: "v", schema: "s.orders", loadMode: "blue_green" },
    { id: "lost", kind: "target", input: "nowhere", schema: "s.lost", loadMode: "append" },
  ],
};

test("edges follow inputs, name the branch's output, mark side inputs, and never dangle", () => {
  expect(graphEdges(ir)).toEqual([
    { from: "orders", to: "t", side: false },
    { from: "shops", to: "t", side: true },
    { from: "t", to: "b", side: false },
    { from: "b", output: "big", to: "v", side: false },
    { from: "v", to: "load", side: false },
  ]);
});

test("the key line says what tells a node from its neighbours", () => {
  expect(ir.nodes.map(keyLine)).toEqual([
    "/tmp/in/*.csv · csv",
    "postgres · public.shops",
    "lookup join, filter",
    "big / rest",
    "1 row rule · row count",
    "s.orders · blue green",
    "s.lost · append",
  ]);
});

test("the depth is the longest way, and a circle does not hang it", () => {
  expect(depthOf(ir)).toBe(5);
  expect(depthOf({ ...ir, nodes: [] })).toBe(1);
  const circle = [
    { id: "a", kind: "transform" as const, input: "b", ops: [] },
    { id: "b", kind: "transform" as const, input: "a", ops: [] },
  ];
  expect(depthOf({ ...ir, nodes: circle })).toBe(2);
});

test("says which files a source reads, how long it waits, and where they go", () => {
  const waitPolicy = { maxRetries: 3, intervalMinutes: 10, onMissAction: "alert" } as const;
  const atomicity = { stagingFolder: "/tmp/s", successFolder: "/tmp/done", failureFolder: "/tmp/failed" };
  const pattern = { type: "glob", value: "*.csv" } as const;
  const config = { path: "/tmp/in", pattern, waitPolicy, atomicity };
  const facts = nodeFacts({ id: "a", kind: "source", connector: "local_fs", config });
  expect(Object.fromEntries(facts.map(({ label, value }) => [label, value]))).toMatchObject({
    Path: "/tmp/in",
    Files: "*.csv (glob)",
    "If there is none": "3 more looks, 10 minutes apart; then the run ends without rows and raises an alert",
    "Read in": "/tmp/s",
    "Then put into": "/tmp/done",
    "If the run fails, put into": "/tmp/failed",
  });
});
