import { expect, it } from "vitest";
import type { PipelineIr } from "#lib/ir/schema.ts";
import type { JsonPatchOp } from "#lib/json-patch/index.ts";
import { checkPatch } from "./check-patch.ts";

const ir: PipelineIr = {
  kind: "pipeline",
  version: "1.0",
  id: "orders",
  metadata: { name: "Orders" },
  nodes: [
    { id: "src", kind: "source", connector: "local_fs", config: { path: "/tmp/orders.csv" } },
    { id: "load", kind: "target", input: "src", schema: "sales.orders", loadMode: "append" },
  ],
};
const catalogue = { sources: [], destinations: [] };
const base = { pipelineId: "p", name: "Orders", version: 1, ir };
const check = (...patch: JsonPatchOp[]) => checkPatch(base, patch, catalogue);

it.each(["/id", "/kind", "/version"])("a patch may not touch %s", (path) => {
  // The same value again would leave the document valid: only the guard refuses it.
  const value = { "/id": "orders-2", "/kind": "pipeline", "/version": "1.0" }[path] ?? "";
  const name: JsonPatchOp = { op: "replace", path: "/metadata/name", value: "Other" };
  const verdict = check(name, { op: "replace", path, value });
  expect(verdict.ok ? [] : verdict.issues.map((issue) => issue.path)).toEqual([path]);
});

it("a patch of nothing, of tests, or of what is there already changes nothing", () => {
  for (const patch of [
    [],
    [{ op: "test", path: "/nodes/0/id", value: "src" }],
    [{ op: "replace", path: "/metadata/name", value: "Orders" }],
  ] as JsonPatchOp[][]) {
    expect(check(...patch)).toEqual({
      ok: true,
      value: { patch: [], resultingIr: ir, warnings: [], changes: [] },
    });
  }
});

it("a path that does not exist is told with its pointer", () => {
  const verdict = check({ op: "replace", path: "/nodes/7/input", value: "src" });
  expect(verdict).toMatchObject({ ok: false, issues: [{ path: "/nodes/7/input" }] });
});

it("characters that no JSON column holds are refused", () => {
  const verdict = check({ op: "replace", path: "/metadata/name", value: "a\u0000b" });
  expect(verdict).toMatchObject({ ok: false, issues: [{ code: "bad_operation" }] });
});
