import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyPatch, type JsonPatchOp } from "#lib/json-patch/index.ts";
import { canonical } from "../canonical.ts";
import type { IrNode, PipelineIr } from "../document.ts";
import { edgesOf } from "../nodes/catalogue.ts";
import { parsePipelineIR, type Strength } from "../parse-pipeline-ir.ts";
import { differencesBetween, sameJson } from "./compare.ts";
import { describeChanges } from "./describe-changes.ts";
import { selectChanges } from "./select-changes.ts";
import { whatIsMissing } from "./what-is-missing.ts";

const catalogue = {
  sources: [{ ref: "shop", connector: "postgres" }],
  destinations: [{ name: "lake", kind: "postgres" as const }],
};
const parse = (ir: unknown, strength: Strength) => parsePipelineIR(ir, { strength, catalogue });

/** Choices out of a list of numbers, so that a failing case shrinks. */
class Choices {
  private at = 0;
  private readonly numbers: readonly number[];
  constructor(numbers: readonly number[]) {
    this.numbers = numbers;
  }
  number(below: number): number {
    return (this.numbers[this.at++ % this.numbers.length] ?? 0) % below;
  }
  of<T>(list: readonly T[]): T {
    return list[this.number(list.length)] as T;
  }
}

type Fields = Record<string, unknown>;

const columns = ["id", "k", "v", "w"].map((name) => ({ name, type: name === "k" ? "string" : "integer" }));
const IDS = ["a", "b", "c", "d", "e", "f", "g"];
const EXECUTABLE = ["source", "transform", "validate", "branch", "join", "enrich", "target"] as const;
const SAVED = [...EXECUTABLE, "archive"] as const;

/** What can be read of nodes: their ids, and of branches their outputs. */
const outputsOf = (nodes: readonly Fields[]): string[] =>
  nodes.flatMap((node) => {
    if (node.kind === "target" || node.kind === "archive") return [];
    if (node.kind !== "branch") return [String(node.id)];
    const cases = (node.cases as { id: string }[]).map(({ id }) => `${node.id}:${id}`);
    return node.default === undefined ? cases : [...cases, `${node.id}:${node.default}`];
  });

function op(choose: Choices, refs: readonly string[]): Fields {
  return choose.of<() => Fields>([
    () => ({ op: "rename", from: choose.of(["v", "w"]), to: choose.of(["x", "y"]) }),
    () => ({ op: "drop", fields: [choose.of(["v", "w", "k"])] }),
    () => ({ op: "filter", expr: `${choose.of(["v", "w", "x"])} > ${choose.number(3)}` }),
    () => ({ op: "expression", field: choose.of(["v", "z"]), expr: "id + 1" }),
    () => ({ op: "hash", field: "k", algorithm: "sha256" }),
    () => ({ op: "deduplicate", keys: ["id"] }),
    () => ({
      op: "lookup_join",
      with: choose.of(refs),
      on: [{ left: "id", right: "id" }],
      select: [{ field: "id", as: "l" }],
    }),
  ])();
}

function node(choose: Choices, id: string, before: readonly Fields[], kinds: readonly string[]): Fields {
  const refs = outputsOf(before);
  const kind = refs.length === 0 ? "source" : choose.of(kinds);
  const input = choose.of(refs);
  switch (kind) {
    case "transform":
      return { id, kind, input, ops: Array.from({ length: 1 + choose.number(2) }, () => op(choose, refs)) };
    case "validate":
      return {
        id,
        kind,
        input,
        ...(choose.number(2) && {
          rowLevel: [{ id: "r", field: choose.of(["id", "v", "x"]), rule: "not_null" }],
        }),
        ...(choose.number(2) && {
          datasetLevel: {
            rowCount: { min: choose.number(3) },
            ...(choose.number(2) && {
              fkIntegrity: {
                field: "id",
                references: { node: choose.of(refs.map((ref) => ref.split(":")[0])), field: "id" },
              },
            }),
          },
        }),
      };
    case "branch":
      return {
        id,
        kind,
        input,
        cases: ["x", "y"]
          .slice(choose.number(2))
          .map((name) => ({ id: name, when: `id > ${choose.number(4)}` })),
        ...(choose.number(2) && { default: "rest" }),
      };
    case "join":
      return {
        id,
        kind,
        left: input,
        right: choose.of(refs),
        on: [{ left: "id", right: "id" }],
        how: choose.of(["left", "inner"]),
      };
    case "enrich":
      return {
        id,
        kind,
        input,
        with: choose.of(refs),
        on: [{ left: "id", right: "id" }],
        select: [{ field: "id", as: `n_${id}` }],
      };
    case "archive":
      return { id, kind, input: input.split(":")[0], to: choose.of(["/tmp/a", "/tmp/b"]) };
    case "target":
      return target(choose, id, input);
    default:
      return choose.number(4) === 0
        ? {
            id,
            kind: "source",
            connector: "postgres",
            sourceRef: "shop",
            config: { stream: "public.t", syncMode: "full_refresh" },
          }
        : {
            id,
            kind: "source",
            connector: "local_fs",
            config: { path: `/tmp/${choose.number(3)}.csv`, format: { type: "csv", columns } },
          };
  }
}

function target(choose: Choices, id: string, input: string): Fields {
  const schema = `shop.${id}${choose.number(2)}`;
  const mode = choose.of<Fields>([
    { loadMode: "append" },
    { loadMode: "truncate", allowEmpty: true },
    { loadMode: "upsert", upsertKey: [choose.of(["id", "v"])] },
  ]);
  return {
    id,
    kind: "target",
    input,
    schema,
    ...mode,
    ...(choose.number(3) === 0 && { destination: "lake" }),
    ...(choose.number(3) === 0 && { postHook: `ANALYZE ${schema}` }),
  };
}

function document(choose: Choices, kinds: readonly string[]): PipelineIr {
  const nodes: Fields[] = [];
  for (const id of IDS.slice(0, 2 + choose.number(IDS.length - 3)))
    nodes.push(node(choose, id, nodes, kinds));
  const read = outputsOf(nodes);
  nodes.push(target(choose, "t", choose.of(read)));
  return {
    kind: "pipeline",
    version: "1.0",
    id: "p",
    metadata: { name: "P" },
    nodes: nodes as unknown as IrNode[],
  };
}

/** One edit of a document as operations: what a model, or a person in the editor, may do to it. */
function edit(choose: Choices, ir: PipelineIr, kinds: readonly string[]): JsonPatchOp[] {
  const nodes = ir.nodes as unknown as Fields[];
  const at = choose.number(nodes.length);
  const path = `/nodes/${at}`;
  const free = [...IDS, "h", "i"].find((id) => !nodes.some((one) => one.id === id)) ?? "z";
  const value = (fields: unknown) => fields as Extract<JsonPatchOp, { op: "add" }>["value"];
  const reread = (from: string, to: string): JsonPatchOp[] =>
    ir.nodes.flatMap((reader, index) =>
      edgesOf(reader)
        .filter(({ ref }) => ref.split(":")[0] === from)
        .map(
          ({ ref, at: field }): JsonPatchOp => ({
            op: "replace",
            path: `/nodes/${index}/${field.join("/")}`,
            value: ref.includes(":") && !to.includes(":") ? `${to}:${ref.split(":")[1]}` : to,
          }),
        ),
    );
  return choose.of<() => JsonPatchOp[]>([
    () => [{ op: "add", path: "/nodes/-", value: value(node(choose, free, nodes, kinds)) }],
    () => [{ op: "add", path, value: value(node(choose, free, nodes, kinds)) }],
    // A new node between one and its readers.
    () => {
      const [ref = ""] = outputsOf(nodes.slice(at, at + 1));
      const added = { ...node(choose, free, nodes, ["transform"]), input: ref };
      return [
        ...reread(ref.split(":")[0] as string, free),
        { op: "add", path: "/nodes/-", value: value(added) },
      ];
    },
    () => [{ op: "remove", path }],
    // Its readers read what it read.
    () => [
      ...reread(String(nodes[at]?.id), String(nodes[at]?.input ?? nodes[at]?.left ?? "a")),
      { op: "remove", path },
    ],
    () => [
      { op: "test", path: `${path}/id`, value: value(nodes[at]?.id) },
      { op: "replace", path: `${path}/id`, value: free },
      ...reread(String(nodes[at]?.id), free),
    ],
    () => [{ op: "move", from: path, path: `/nodes/${choose.number(nodes.length)}` }],
    () => [
      { op: "replace", path, value: value(node(choose, String(nodes[at]?.id), nodes.slice(0, at), kinds)) },
    ],
    () => [
      { op: "copy", from: path, path: "/nodes/-" },
      { op: "replace", path: `/nodes/${nodes.length}/id`, value: free },
      ...(nodes[at]?.kind === "target"
        ? [{ op: "replace" as const, path: `/nodes/${nodes.length}/schema`, value: "shop.copy" }]
        : []),
    ],
    () => [{ op: "add", path: "/schedule", value: { kind: "interval", minutes: 5 + choose.number(3) } }],
    () => [{ op: "replace", path: "/metadata/name", value: `P${choose.number(2)}` }],
    () => [{ op: "add", path: "/errorHandling", value: { retry: { maxAttempts: 1 + choose.number(3) } } }],
  ])();
}

type Case = { before: PipelineIr; patch: JsonPatchOp[]; after: PipelineIr };

/** A random valid document and a random patch of it that gives another valid one; undefined where it did not. */
function caseOf(numbers: readonly number[], strength: Strength): Case | undefined {
  const choose = new Choices(numbers);
  const kinds = strength === "saved" ? SAVED : EXECUTABLE;
  const before = document(choose, kinds);
  if (!parse(before, strength).ok) return undefined;
  let found: Case | undefined;
  let now = before;
  let patch: JsonPatchOp[] = [];
  for (let edits = 1 + choose.number(5); edits > 0; edits--) {
    const more = edit(choose, now, kinds);
    const next = applyPatch<PipelineIr>(now, more);
    if (!next.ok || !Array.isArray(next.document.nodes)) continue;
    // An edit may leave what the next one mends: a document in between need not be valid.
    [now, patch] = [next.document, [...patch, ...more]];
    const parsed = parse(now, strength);
    if (parsed.ok && describeChanges(before, parsed.ir).length > 0)
      found = { before, patch, after: parsed.ir };
    if (!parsed.ok && parsed.issues.some(({ code }) => /shape|type/.test(code))) break;
  }
  return found;
}

/** All subsets of a short list, some of a long one. */
function* subsetsOf(ids: readonly string[], choose: Choices): Generator<string[]> {
  if (ids.length <= 5) {
    for (let bits = 0; bits < 2 ** ids.length; bits++) yield ids.filter((_, at) => bits & (1 << at));
    return;
  }
  yield [];
  yield [...ids];
  for (let n = 0; n < 24; n++) yield ids.filter(() => choose.number(2) === 1);
}

const nodeOf = (ir: PipelineIr, id: string) => ir.nodes.find((one) => one.id === id);

describe.each<Strength>(["executable", "saved"])("every subset of a patch's changes (%s)", (strength) => {
  const seen = {
    cases: 0,
    taken: 0,
    refused: 0,
    invalid: 0,
    kinds: new Set<string>(),
    ops: new Set<string>(),
  };

  it("gives a valid pipeline in which nothing else changed, or is refused naming what is missing", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { minLength: 60, maxLength: 60 }), (numbers) => {
        const found = caseOf(numbers, strength);
        if (!found) return;
        const { before, patch, after } = found;
        const changes = describeChanges(before, after);
        const known = new Set([...dangling(before), ...dangling(after)]);
        seen.cases++;
        for (const { kind } of [...before.nodes, ...after.nodes]) seen.kinds.add(kind);
        for (const one of patch) seen.ops.add(one.op);
        for (const ids of subsetsOf(
          changes.map(({ id }) => id),
          new Choices(numbers),
        )) {
          const result = selectChanges(before, patch, ids);
          if (!result.ok) {
            seen.refused++;
            const missing = result.missing.flatMap(({ needs }) => needs);
            expect(missing.length).toBeGreaterThan(0);
            expect(missing.filter((id) => ids.includes(id))).toEqual([]);
            expect(selectChanges(before, patch, [...new Set([...ids, ...missing])]).ok).toBe(true);
            continue;
          }
          expect(applyPatch(before, result.patch)).toEqual({ ok: true, document: result.document });
          expect(
            differencesBetween(before, result.document)
              .map(({ id }) => id)
              .toSorted(),
          ).toEqual(ids.toSorted());
          expect(dangling(result.document).filter((ref) => !known.has(ref))).toEqual([]);
          const named = new Set(changes.filter(({ id }) => ids.includes(id)).map(({ nodeId }) => nodeId));
          const all = new Set([...before.nodes, ...result.document.nodes].map(({ id }) => id));
          for (const id of all)
            if (!named.has(id)) expect(sameJson(nodeOf(result.document, id), nodeOf(before, id))).toBe(true);
          for (const id of named)
            for (const field of fieldsOf(nodeOf(before, id ?? ""), nodeOf(result.document, id ?? "")))
              expect(isNamed(ids, id ?? "", field)).toBe(true);
          if (parse(result.document, strength).ok) {
            seen.taken++;
            continue;
          }
          seen.invalid++;
          const valid = (given: JsonPatchOp[]) => {
            const applied = applyPatch(before, given);
            return applied.ok && parse(applied.document, strength).ok;
          };
          const missing = whatIsMissing(before, patch, ids, valid) ?? [];
          expect(missing.length).toBeGreaterThan(0);
          expect(missing.filter((id) => ids.includes(id))).toEqual([]);
          for (const spare of missing) {
            const less = selectChanges(before, patch, [...ids, ...missing.filter((id) => id !== spare)]);
            expect(less.ok && parse(less.document, strength).ok).toBe(false);
          }
          const mended = selectChanges(before, patch, [...ids, ...missing]);
          expect(mended.ok && parse(mended.document, strength).ok).toBe(true);
        }
        const whole = selectChanges(
          before,
          patch,
          changes.map(({ id }) => id),
        );
        expect(whole.ok && canonical(whole.document)).toEqual(canonical(after));
      }),
      { numRuns: 600 },
    );
    expect(seen.cases).toBeGreaterThan(200);
    expect(seen.taken).toBeGreaterThan(500);
    expect(seen.refused).toBeGreaterThan(100);
    if (strength === "executable") expect(seen.invalid).toBeGreaterThan(20);
    const kinds = strength === "saved" ? SAVED : EXECUTABLE;
    expect([...seen.kinds].toSorted()).toEqual([...kinds].toSorted());
    expect([...seen.ops].toSorted()).toEqual(["add", "copy", "move", "remove", "replace", "test"]);
  }, 120_000);
});

/** What nodes read that is not there: who reads, and what. */
const dangling = (ir: PipelineIr): string[] => {
  const there = new Set(outputsOf(ir.nodes as unknown as Fields[]));
  for (const { id, kind } of ir.nodes) if (kind === "branch") there.add(id);
  return ir.nodes.flatMap((one) =>
    edgesOf(one).flatMap(({ ref }) => (there.has(ref) ? [] : [`${one.id} reads ${ref}`])),
  );
};

/** Fields in which a node that stays differs. */
function fieldsOf(was: IrNode | undefined, is: IrNode | undefined): string[] {
  if (!was || !is) return [];
  const [old, now] = [was as unknown as Fields, is as unknown as Fields];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (key) => !sameJson(old[key], now[key]),
  );
}

/** Whether a change of the whole node, of the field, or of a part of the field was named. */
const isNamed = (ids: readonly string[], id: string, field: string) =>
  ids.some(
    (one) => one === `node:${id}` || one === `node:${id}/${field}` || one.startsWith(`node:${id}/${field}/`),
  );
