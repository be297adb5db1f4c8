import fc from "fast-check";
import { expect, it } from "vitest";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { applyPatch, type JsonPatchOp } from "#lib/json-patch/index.ts";
import { guardNodes } from "./guard-nodes.ts";

const transform = (id: string, input: string) => ({
  id,
  kind: "transform" as const,
  input,
  ops: [{ op: "filter" as const, expr: `${id} > 0` }],
});
const ir: PipelineIr = {
  kind: "pipeline",
  version: "1.0",
  id: "p",
  metadata: { name: "p" },
  nodes: [transform("a", "x"), transform("b", "a"), transform("c", "b")],
};

it("tests the id of a node before it is edited, and the list element gone through", () => {
  const edit: JsonPatchOp = { op: "replace", path: "/nodes/1/ops/0/expr", value: "true" };
  expect(guardNodes(ir, [edit])).toEqual([
    { op: "test", path: "/nodes/1/id", value: "b" },
    { op: "test", path: "/nodes/1/ops/0", value: { op: "filter", expr: "b > 0" } },
    edit,
  ]);
});

it("leaves appended nodes, the rest of the document and tests already there as they are", () => {
  const patch: JsonPatchOp[] = [
    { op: "add", path: "/nodes/-", value: { id: "d", kind: "archive", input: "a", to: "/tmp" } },
    { op: "replace", path: "/metadata/name", value: "q" },
    { op: "test", path: "/nodes/0/id", value: "a" },
    { op: "remove", path: "/nodes/0" },
  ];
  expect(guardNodes(ir, patch)).toEqual(patch);
});

it("gives the same document, and fails where a node has another position", () => {
  const position = fc.integer({ min: 0, max: 2 });
  const edit = fc.oneof(
    position.map((at): JsonPatchOp => ({ op: "replace", path: `/nodes/${at}/input`, value: "z" })),
    position.map((at): JsonPatchOp => ({ op: "replace", path: `/nodes/${at}/ops/0/expr`, value: "z" })),
    position.map(
      (at): JsonPatchOp => ({ op: "add", path: `/nodes/${at}/ops/-`, value: { op: "drop", fields: ["z"] } }),
    ),
  );
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (patch) => {
      const guarded = guardNodes(ir, patch);
      expect(applyPatch(ir, guarded)).toEqual(applyPatch(ir, patch));
      const moved = { ...ir, nodes: [ir.nodes[2], ir.nodes[0], ir.nodes[1]] };
      expect(applyPatch(moved, guarded).ok).toBe(false);
    }),
  );
});
