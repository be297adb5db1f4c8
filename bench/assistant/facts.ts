import { splitRef } from "#lib/ir/index.ts";
import type { IrNode, Op, PipelineIr, TargetNode } from "#lib/ir/schema.ts";

/** One thing that a document says: where, and what. Several may stand at one place (`load.op`). */
export type Fact = { at: string; value: unknown };

/**
 * What a document says, apart from how it is cut into transform and validate nodes and in which order their ops
 * stand: the same request may be met by one node or by two.
 * @param known ids that stood in the document before; a target that is new is told as one fact, `table`.
 */
export function factsOf(ir: PipelineIr, known: ReadonlySet<string>): Fact[] {
  const read = new Set<string>();
  const lanes = ir.nodes
    .filter((node) => node.kind === "target")
    .flatMap((target) => laneFacts(ir, target, known, read));
  const { name, ...metadata } = ir.metadata;
  const told = new Set<string>();
  return [
    { at: "name", value: name },
    ...Object.entries(metadata).map(([key, value]) => ({ at: key, value })),
    ...(ir.schedule ? [{ at: "schedule", value: ir.schedule }] : []),
    ...Object.entries(ir.errorHandling ?? {}).map(([key, value]) => ({ at: key, value })),
    // A source is told once, though several targets may read it.
    ...lanes.filter(({ at }) => !at.startsWith("source.") || (!told.has(at) && told.add(at))),
    ...ir.nodes
      .filter((node) => node.kind !== "target" && !read.has(node.id))
      .map((node) => ({ at: "unread", value: node })),
  ];
}

function laneFacts(
  ir: PipelineIr,
  target: TargetNode,
  known: ReadonlySet<string>,
  read: Set<string>,
): Fact[] {
  const steps = upstream(ir, target.input, read);
  const facts = steps.flatMap((node) => stepFacts(node, known));
  const { id, kind: _kind, input: _input, ...settings } = target;
  if (!known.has(id)) {
    const all = (place: string) => facts.filter(({ at }) => at === place).map(({ value }) => value);
    const [source] = steps.filter((node) => node.kind === "source");
    const table = { ...settings, source, ops: all("op"), rules: all("rule"), checks: all("check") };
    return [{ at: "table", value: table }];
  }
  return [
    { at: "lane", value: id },
    ...Object.entries(settings).map(([key, value]) => ({ at: `${id}.${key}`, value })),
    // What a source says stands under its own id.
    ...facts.map(({ at, value }) => ({ at: at.startsWith("source.") ? at : `${id}.${at}`, value })),
  ];
}

function upstream(ir: PipelineIr, input: string, read: Set<string>, seen = new Set<string>()): IrNode[] {
  const node = ir.nodes.find(({ id }) => id === splitRef(input).nodeId);
  if (!node || seen.has(node.id)) return [];
  seen.add(node.id);
  read.add(node.id);
  const inputs = node.kind === "join" ? [node.left, node.right] : "input" in node ? [node.input] : [];
  return [...inputs.flatMap((one) => upstream(ir, one, read, seen)), node];
}

function stepFacts(node: IrNode, known: ReadonlySet<string>): Fact[] {
  switch (node.kind) {
    case "source": {
      const { id, kind: _kind, config, ...rest } = node;
      if (!known.has(id)) return [{ at: "source", value: node }];
      return Object.entries({ ...rest, ...config }).map(([key, value]) => ({
        at: `source.${id}.${key}`,
        value,
      }));
    }
    case "transform":
      return node.ops.flatMap(single).map((value) => ({ at: "op", value }));
    case "validate":
      return [
        ...Object.entries(node.datasetLevel ?? {}).map(([check, value]) => ({
          at: "check",
          value: { check, ...value },
        })),
        ...(node.rowLevel ?? []).map(({ id: _id, ...value }) => ({ at: "rule", value })),
        ...(node.quarantine ? [{ at: "quarantine", value: node.quarantine }] : []),
      ];
    default:
      return [{ at: "step", value: node }];
  }
}

/** One op for each column, however they were written together. */
function single(op: Op): unknown[] {
  return op.op === "drop" ? op.fields.map((field) => ({ op: "drop", field })) : [op];
}
