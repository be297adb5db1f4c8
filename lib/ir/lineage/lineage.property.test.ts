import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnsAfter, compile, lineageOf, parsePipelineIR } from "../index.ts";
import type { IrNode, LogicalPlan, PipelineIr } from "../schema.ts";
import type { LineageNode, LineageOrigin } from "./shapes.ts";

const DECLARED: Record<string, string[]> = {
  a: ["id", "k", "v", "w"],
  b: ["id", "k", "x"],
};

/** Choices out of a list of numbers, so that a failing case shrinks. */
type Choose = (below: number) => number;
const chooser = (numbers: readonly number[]): Choose => {
  let at = 0;
  return (below) => (numbers[at++ % numbers.length] ?? 0) % below;
};

const sources: IrNode[] = Object.entries(DECLARED).map(([id, names]) => ({
  id,
  kind: "source",
  connector: "local_fs",
  config: {
    path: `/tmp/${id}.csv`,
    format: { type: "csv", columns: names.map((name) => ({ name, type: "string" })) },
  },
}));
const document = (nodes: IrNode[]): PipelineIr => ({
  kind: "pipeline",
  version: "1.0",
  id: "p",
  metadata: { name: "P" },
  nodes,
});

/** One op on columns that are there. */
function someOp(choose: Choose, names: readonly string[], other: readonly string[]): Record<string, unknown> {
  const one = () => names[choose(names.length)] ?? "id";
  const fresh = `n${choose(1000)}_${names.length}`;
  const ops: (() => Record<string, unknown>)[] = [
    () => ({ op: "cast", field: one(), to: "string", onError: ["fail", "quarantine"][choose(2)] }),
    () => ({ op: "expression", field: [one(), fresh][choose(2)], expr: `coalesce(${one()}, ${one()})` }),
    () => ({ op: "expression", field: one(), expr: `case when ${one()} = '1' then ${one()} else 'x' end` }),
    () => ({ op: "rename", from: one(), to: fresh }),
    () => (names.length > 2 ? { op: "drop", fields: [one()] } : { op: "filter", expr: `${one()} = '1'` }),
    () => ({ op: "add_field", field: fresh, value: "1" }),
    () => ({ op: "hash", field: one(), algorithm: "md5", ...(choose(2) && { into: fresh }) }),
    () => ({ op: "mask_pii", field: one(), strategy: "redact" }),
    () => ({ op: "map_values", field: one(), mapping: { a: "b" } }),
    () => ({ op: "split", field: one(), separator: "-", into: [fresh, `${fresh}b`] }),
    () => ({ op: "merge", fields: [one(), names[0]], separator: "-", into: fresh }),
    () => ({ op: "filter", expr: `${one()} is not null` }),
    () => ({ op: "deduplicate", keys: [one()], orderBy: one() }),
    () => ({ op: "aggregate", groupBy: [one()], metrics: [{ fn: "max", field: one(), as: fresh }] }),
    () => ({
      op: "lookup_join",
      with: "b",
      on: [{ left: one(), right: other[choose(other.length)] }],
      select: [{ field: other[choose(other.length)], as: fresh }],
      how: ["left", "inner"][choose(2)],
    }),
    () => ({ op: "summarize", metrics: [{ fn: "count", as: fresh }] }),
  ];
  return ops[choose(ops.length)]?.() ?? {};
}

/** A pipeline of a few nodes one after the other, each valid on the columns that it finds. */
function somePipeline(numbers: readonly number[]): PipelineIr {
  const choose = chooser(numbers);
  const nodes = [...sources];
  let ref = "a";
  const names = () => columnsAfter(document(nodes), ref)?.map(({ name }) => name) ?? [];
  for (let at = 0; at < 1 + choose(4); at++) {
    const id = `n${at}`;
    const one = () => names()[choose(names().length)] ?? "id";
    const make: (() => IrNode)[] = [
      () => {
        const node = { id, kind: "transform" as const, input: ref, ops: [] as never[] };
        for (let n = 0; n < 1 + choose(4); n++) {
          const now = columnsAfter(document([...nodes, node]), id)?.map(({ name }) => name) ?? [];
          node.ops.push(someOp(choose, now, DECLARED.b ?? []) as never);
        }
        return node;
      },
      () => ({
        id,
        kind: "validate",
        input: ref,
        rowLevel: [{ id: "r", field: one(), rule: "not_null", onFail: choose(2) ? "quarantine" : "warn" }],
        quarantine: { table: "rejects" },
      }),
      () => ({
        id,
        kind: "join",
        left: ref,
        right: "b",
        on: [{ left: one(), right: "id" }],
        how: (["inner", "left", "right", "full"] as const)[choose(4)] ?? "inner",
      }),
      () => ({
        id,
        kind: "enrich",
        input: ref,
        with: "b",
        on: [{ left: one(), right: "id" }],
        select: [{ field: "x", as: `e${at}_${names().length}` }],
      }),
      () => ({ id, kind: "branch", input: ref, cases: [{ id: "c", when: `${one()} = '1'` }], default: "d" }),
    ];
    const node = make[choose(make.length)]?.();
    if (!node) continue;
    nodes.push(node);
    ref = node.kind === "branch" ? `${id}:${["c", "d"][choose(2)]}` : id;
  }
  nodes.push({ id: "load", kind: "target", input: ref, schema: "t", loadMode: "append" });
  return document(nodes);
}

/** The same pipeline, with sources that say nothing of their columns. */
const undeclared = (ir: PipelineIr): PipelineIr => ({
  ...ir,
  nodes: ir.nodes.map((node) =>
    node.kind === "source" ? ({ ...node, config: { path: "/tmp/x.csv" } } as IrNode) : node,
  ),
});
const planOf = (ir: PipelineIr): LogicalPlan => compile(ir);
const pipelines = fc.array(fc.nat(9999), { minLength: 40, maxLength: 60 });
const fields = (origins: readonly LineageOrigin[]) =>
  origins.map(({ source, field }) => `${source}.${field ?? "*"}`);
const everything = (node: LineageNode) => [...node.columns.flatMap(({ origins }) => origins), ...node.rows];

describe("the lineage of any pipeline", () => {
  it("has the columns of the plan, and each comes from columns that a source declares", () => {
    fc.assert(
      fc.property(pipelines, (numbers) => {
        const ir = somePipeline(numbers);
        const checked = parsePipelineIR(ir, {
          strength: "executable",
          catalogue: { sources: [], destinations: [] },
        });
        fc.pre(checked.ok);
        const plan = planOf(ir);
        const { nodes, quarantines } = lineageOf(plan);
        for (const step of plan.steps) {
          const node = nodes.get(step.nodeId);
          expect(node?.rest).toBeUndefined();
          expect(node?.columns.map(({ name }) => name)).toEqual(step.columns?.map(({ name }) => name));
        }
        for (const node of [...nodes.values(), ...quarantines.values()])
          for (const { source, field, ways } of everything(node)) {
            expect(ways.length).toBeGreaterThan(0);
            if (field === null) expect(Object.keys(DECLARED)).toContain(source);
            else expect(DECLARED[source]).toContain(field);
          }
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it("says nothing else where the sources do not declare their columns, only less", () => {
    fc.assert(
      fc.property(pipelines, (numbers) => {
        const ir = somePipeline(numbers);
        fc.pre(
          parsePipelineIR(ir, { strength: "executable", catalogue: { sources: [], destinations: [] } }).ok,
        );
        const whole = lineageOf(planOf(ir)).nodes;
        for (const [id, node] of lineageOf(planOf(undeclared(ir))).nodes) {
          const known = whole.get(id);
          for (const { name, origins } of node.columns) {
            const column = known?.columns.find((one) => one.name === name);
            expect(column, `${id} ${name}`).toBeDefined();
            const exact = fields(column?.origins ?? []);
            const sources = new Set(column?.origins.map(({ source }) => source));
            for (const { source, field } of origins)
              if (field !== null) expect(exact).toContain(`${source}.${field}`);
            // What is known exactly is not left out: at least its source is named.
            for (const source of sources) expect(origins.map((one) => one.source)).toContain(source);
          }
          const names = new Set([...node.columns.map(({ name }) => name), ...(node.rest?.except ?? [])]);
          for (const { name, origins } of known?.columns ?? []) {
            if (names.has(name) || origins.length === 0) continue;
            for (const { source } of origins) expect(node.rest?.sources).toContain(source);
          }
        }
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
