import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyPatch, diff, type JsonPatchOp } from "#lib/json-patch/index.ts";
import { canonical } from "../canonical.ts";
import { checkShape } from "../checks/shape.ts";
import type { IrNode, PipelineIr } from "../document.ts";
import { graphOf, splitRef } from "../graph.ts";
import type { JoinKey } from "../primitives.ts";
import { differencesBetween, sameJson } from "./compare.ts";
import { describeChanges } from "./describe-changes.ts";
import { guardPatch } from "./guard-patch.ts";
import { selectChanges } from "./select-changes.ts";

const before: PipelineIr = {
  kind: "pipeline",
  version: "1.0",
  id: "p",
  metadata: { name: "P", owner: "data" },
  nodes: [
    { id: "src", kind: "source", connector: "local_fs", config: { path: "/tmp/a.csv", ordering: "all" } },
    { id: "old", kind: "transform", input: "src", ops: [] },
    { id: "load", kind: "target", input: "old", schema: "shop.orders", loadMode: "append" },
  ],
};

/** Replaces `old` by `v`, upserts, adds a hook and a schedule, changes a setting, and moves the source to the end. */
const after: PipelineIr = {
  ...before,
  metadata: { name: "P", owner: "ops" },
  schedule: { kind: "interval", minutes: 60 },
  nodes: [
    { id: "v", kind: "validate", input: "src", datasetLevel: { rowCount: { min: 1 } } },
    {
      id: "load",
      kind: "target",
      input: "v",
      schema: "shop.orders",
      loadMode: "upsert",
      upsertKey: ["id"],
      postHook: "ANALYZE",
    },
    { id: "src", kind: "source", connector: "local_fs", config: { path: "/tmp/b.csv", ordering: "all" } },
  ],
};

describe("describeChanges", () => {
  const changes = describeChanges(before, after);
  const needs = Object.fromEntries(changes.map(({ id, dependsOn }) => [id, dependsOn.toSorted()]));

  it("names each change by node and field, or by section, with what it needs", () => {
    expect(needs).toEqual({
      "metadata/owner": [],
      schedule: [],
      "node:v": [],
      "node:load/input": ["node:v"],
      "node:load/loadMode": ["node:load/upsertKey"],
      "node:load/upsertKey": ["node:load/loadMode"],
      "node:load/postHook": [],
      "node:src/config/path": [],
      "node:old": ["node:load/input"],
      order: [],
    });
  });
  it("says them in words", () => {
    const label = (id: string) => changes.find((change) => change.id === id)?.label;
    expect(label("node:v")).toBe("add node v (validate)");
    expect(label("node:old")).toBe("remove node old (transform)");
    expect(label("node:load/loadMode")).toBe("modify load.loadMode: append → upsert");
    expect(label("node:src/config/path")).toBe("modify src.config.path: /tmp/a.csv → /tmp/b.csv");
    expect(label("schedule")).toBe("schedule: every hour");
  });
  it("keeps a hook apart, also that of a new target", () => {
    const target: IrNode = {
      id: "l2",
      kind: "target",
      input: "src",
      schema: "a.b",
      loadMode: "append",
      preHook: "ANALYZE",
    };
    const added = describeChanges(before, { ...before, nodes: [...before.nodes, target] });
    expect(added.map(({ id, hook, dependsOn }) => [id, hook, dependsOn])).toEqual([
      ["node:l2", undefined, []],
      ["node:l2/preHook", true, ["node:l2"]],
    ]);
    expect(added[0]?.after).not.toHaveProperty("preHook");
  });
  it("does not see a difference in the order of keys", () => {
    const { nodes, ...rest } = before;
    expect(describeChanges(before, { nodes, ...rest })).toEqual([]);
  });
  it("replaces a node as a whole when its connector changes", () => {
    const s3 = { id: "src", kind: "source", connector: "s3", config: { path: "x.csv" } } as const;
    const changed = describeChanges(before, { ...before, nodes: before.nodes.with(0, s3) });
    expect(changed.map(({ id, op }) => [id, op])).toEqual([["node:src", "modify"]]);
  });
  it("ties a reader to what it can no longer read, as nothing comes out of a target", () => {
    const load = { id: "old", kind: "target", input: "src", schema: "a.b", loadMode: "append" } as const;
    const rerouted = before.nodes.with(1, load).with(2, { ...before.nodes[2], input: "src" } as IrNode);
    const changed = describeChanges(before, { ...before, nodes: rerouted });
    expect(Object.fromEntries(changed.map(({ id, dependsOn }) => [id, dependsOn]))).toEqual({
      "node:old": ["node:load/input"],
      "node:load/input": [],
    });
  });
  it("ties a reader to the case it reads", () => {
    const branch = (...ids: string[]): IrNode => ({
      id: "b",
      kind: "branch",
      input: "src",
      cases: ids.map((id) => ({ id, when: "true" })),
    });
    const target = (input: string): IrNode => ({
      id: "t",
      kind: "target",
      input,
      schema: "a",
      loadMode: "append",
    });
    const of = (nodes: IrNode[]): PipelineIr => ({ ...before, nodes });
    const changed = describeChanges(of([branch("x"), target("b:x")]), of([branch("y"), target("b:y")]));
    expect(Object.fromEntries(changed.map(({ id, dependsOn }) => [id, dependsOn]))).toEqual({
      "node:b/cases": ["node:t/input"],
      "node:t/input": ["node:b/cases"],
    });
  });
});

describe("selectChanges", () => {
  const patch = diff(before, after);
  it("gives the whole patch's result when all are taken", () => {
    const all = describeChanges(before, after).map(({ id }) => id);
    const result = selectChanges(before, patch, all);
    expect(result.ok && canonical(result.document)).toEqual(canonical(after));
  });
  it("edits only what is taken", () => {
    const result = selectChanges(before, patch, ["node:src/config/path"]);
    expect(result).toMatchObject({
      ok: true,
      patch: [
        { op: "test", path: "/nodes/0/id", value: "src" },
        { op: "replace", path: "/nodes/0/config/path", value: "/tmp/b.csv" },
      ],
    });
  });
  it("names what is missing, through several steps", () => {
    expect(selectChanges(before, patch, ["node:old"])).toMatchObject({
      ok: false,
      missing: [{ change: "node:old", needs: ["node:load/input", "node:v"] }],
      message: '"node:old" needs "node:load/input", "node:v"',
    });
  });
  it.each<[string, JsonPatchOp[], string[], string]>([
    ["an unknown change", patch, ["node:nope"], '"node:nope"'],
    ["a patch that does not apply", [{ op: "remove", path: "/nope" }], [], "operation 0"],
    ["a patch that leaves no pipeline", [{ op: "remove", path: "/nodes" }], [], "nodes"],
  ])("refuses %s", (_what, ops, ids, says) => {
    const result = selectChanges(before, ops, ids);
    expect(!result.ok && result.message).toContain(says);
  });
});

describe("guardPatch", () => {
  it.each<[JsonPatchOp, number]>([
    [{ op: "replace", path: "/id", value: "x" }, 1],
    [{ op: "remove", path: "/kind" }, 1],
    [{ op: "add", path: "/version", value: "2.0" }, 1],
    [{ op: "move", from: "/id", path: "/metadata/name" }, 1],
    [{ op: "replace", path: "", value: {} }, 1],
    [{ op: "test", path: "/id", value: "p" }, 0],
    [{ op: "copy", from: "/id", path: "/metadata/name" }, 0],
    [{ op: "replace", path: "/nodes/0/id", value: "x" }, 0],
    [{ op: "add", path: "/identity", value: 1 }, 0],
  ])("%j: %i issue(s)", (op, count) => {
    const issues = guardPatch([op]);
    expect(issues).toHaveLength(count);
    for (const issue of issues) expect(issue.code).toBe("protected_path");
  });
});

// Random pipelines: every node reads one that stands before it in a random order, so there are no circles.
const IDS = ["a", "b", "c", "d", "e", "f"];
const aNode = (id: string, reads: string[]): fc.Arbitrary<IrNode> => {
  const source: fc.Arbitrary<IrNode> = fc.record({
    id: fc.constant(id),
    kind: fc.constant("source" as const),
    connector: fc.constantFrom("local_fs" as const, "s3" as const),
    config: fc.record({ path: fc.constantFrom("/tmp/1.csv", "/tmp/2.csv") }),
  });
  if (reads.length === 0) return source;
  const input = fc.constantFrom(...reads);
  return fc.oneof(
    source,
    fc.record({
      id: fc.constant(id),
      kind: fc.constant("transform" as const),
      input,
      ops: input.map((other) => [
        { op: "lookup_join" as const, with: other, on: [{ left: "x", right: "x" }], select: ["y"] },
      ]),
    }),
    fc.record({
      id: fc.constant(id),
      kind: fc.constant("join" as const),
      left: input,
      right: input,
      on: fc.constant<JoinKey[]>([{ left: "x", right: "x" }]),
      how: fc.constantFrom("left" as const, "inner" as const),
    }),
    fc.record(
      {
        id: fc.constant(id),
        kind: fc.constant("validate" as const),
        input,
        datasetLevel: fc.record({ rowCount: fc.record({ min: fc.nat(3) }) }),
      },
      { requiredKeys: ["id", "kind", "input"] },
    ),
  );
};
const pipeline: fc.Arbitrary<PipelineIr> = fc
  .tuple(
    fc.shuffledSubarray(IDS),
    fc.infiniteStream(fc.nat()),
    fc.constantFrom("P", "Q"),
    fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  )
  .chain(([ids, , name, minutes]) =>
    fc.tuple(...ids.map((id, index) => aNode(id, ids.slice(0, index)))).chain((nodes) =>
      fc.shuffledSubarray(nodes, { minLength: nodes.length }).map(
        (shuffled): PipelineIr => ({
          ...before,
          metadata: { name },
          ...(minutes !== undefined && { schedule: { kind: "interval" as const, minutes } }),
          nodes: shuffled,
        }),
      ),
    ),
  );

const dangling = (ir: PipelineIr): string[] => {
  const graph = graphOf(ir.nodes);
  return [...graph.edges.values()]
    .flat()
    .map(({ ref }) => splitRef(ref).nodeId)
    .filter((id) => !graph.nodes.has(id));
};

describe("properties of subsets", () => {
  it("a subset touches only what it names and leaves nothing dangling, or is refused with what is missing", () => {
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(pipeline, pipeline, fc.infiniteStream(fc.boolean()), (old, now, coins) => {
        const patch = diff(old, now);
        const changes = describeChanges(old, now);
        const ids = changes.filter(() => coins.next().value).map(({ id }) => id);
        const result = selectChanges(old, patch, ids);
        if (!result.ok) {
          refused++;
          expect(result.missing.length).toBeGreaterThan(0);
          const full = [...ids, ...result.missing.flatMap(({ needs }) => needs)];
          expect(selectChanges(old, patch, [...new Set(full)]).ok).toBe(true);
          return;
        }
        taken++;
        expect(checkShape(result.document).ok).toBe(true);
        expect(applyPatch(old, result.patch)).toEqual({ ok: true, document: result.document });
        expect(
          differencesBetween(old, result.document)
            .map(({ id }) => id)
            .toSorted(),
        ).toEqual(ids.toSorted());
        expect(dangling(result.document)).toEqual([]);
        const named = new Set(changes.filter(({ id }) => ids.includes(id)).map(({ nodeId }) => nodeId));
        for (const node of old.nodes) {
          if (named.has(node.id)) continue;
          expect(
            sameJson(
              result.document.nodes.find(({ id }) => id === node.id),
              node,
            ),
          ).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(50);
  });
  it("all changes together give the other document", () => {
    fc.assert(
      fc.property(pipeline, pipeline, (old, now) => {
        const ids = describeChanges(old, now).map(({ id }) => id);
        const result = selectChanges(old, diff(old, now), ids);
        expect(result.ok && canonical(result.document)).toEqual(canonical(now));
      }),
      { numRuns: 500 },
    );
  });
});
