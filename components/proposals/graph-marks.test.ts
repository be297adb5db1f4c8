import { describe, expect, it } from "vitest";
import { describeChanges } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { applyPatch } from "#lib/json-patch/index.ts";
import type { JsonPatchOp } from "#lib/json-patch/schema.ts";
import { afterTicks } from "./after-ticks.ts";
import { countMarks, markedGraph } from "./graph-marks.ts";

const BEFORE: PipelineIr = {
  kind: "pipeline",
  version: "1.0",
  id: "orders",
  metadata: { name: "Orders" },
  nodes: [
    { id: "file", kind: "source", connector: "local_fs", config: { path: "/data/orders.csv" } },
    { id: "old", kind: "transform", input: "file", ops: [{ op: "drop", columns: ["note"] }] },
    { id: "table", kind: "target", input: "old", schema: "shop.orders", loadMode: "append" },
  ],
} as unknown as PipelineIr;

const PATCH: JsonPatchOp[] = [
  { op: "replace", path: "/metadata/name", value: "All orders" },
  { op: "replace", path: "/nodes/2/input", value: "check" },
  { op: "add", path: "/nodes/-", value: { id: "check", kind: "validate", input: "file", rowLevel: [] } },
  { op: "remove", path: "/nodes/1" },
];

const applied = applyPatch(BEFORE, PATCH);
const AFTER = (applied.ok ? applied.document : undefined) as PipelineIr;
const CHANGES = describeChanges(BEFORE, AFTER);

describe("markedGraph", () => {
  it("marks what is added, changed and removed, and keeps removed nodes in the picture", () => {
    const { ir, marks } = markedGraph(BEFORE, AFTER, CHANGES);
    expect(marks).toEqual({ check: "added", table: "changed", old: "removed" });
    expect(ir.nodes.map(({ id }) => id)).toEqual(["file", "table", "check", "old"]);
    expect(countMarks(marks)).toEqual([
      ["added", 1],
      ["changed", 1],
      ["removed", 1],
    ]);
  });

  it("marks everything of a new pipeline as added", () => {
    const changes = describeChanges({ ...BEFORE, nodes: [] }, BEFORE);
    const { marks } = markedGraph(undefined, BEFORE, changes);
    expect(Object.values(marks).every((mark) => mark === "added")).toBe(true);
  });

  it("marks only what the ticked changes do", () => {
    const name = CHANGES.filter((change) => change.section === "metadata");
    const after = afterTicks(
      BEFORE,
      { changes: CHANGES, patch: PATCH, resultingIr: AFTER },
      name.map(({ id }) => id),
    );
    expect(after?.metadata.name).toBe("All orders");
    expect(after && markedGraph(BEFORE, after, name).marks).toEqual({});
  });
});

describe("afterTicks", () => {
  it("gives the whole result, or nothing of it", () => {
    const proposal = { changes: CHANGES, patch: PATCH, resultingIr: AFTER };
    expect(
      afterTicks(
        BEFORE,
        proposal,
        CHANGES.map(({ id }) => id),
      ),
    ).toBe(AFTER);
    expect(afterTicks(BEFORE, proposal, [])).toBe(BEFORE);
  });

  it("gives undefined for changes that cannot stand alone", () => {
    const alone = CHANGES.find((change) => change.nodeId === "table");
    const proposal = { changes: CHANGES, patch: PATCH, resultingIr: AFTER };
    expect(alone && afterTicks(BEFORE, proposal, [alone.id])).toBeUndefined();
  });
});
