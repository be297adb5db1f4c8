import { edgesOf } from "#lib/ir/index.ts";
import type { IrNode, Op, PipelineIr } from "#lib/ir/schema.ts";

type Fields = Record<string | number, unknown>;

/** The document with one node exchanged. */
export const withNode = <Node extends IrNode>(ir: PipelineIr, node: Node): PipelineIr => ({
  ...ir,
  nodes: ir.nodes.map((other) => (other.id === node.id ? node : other)),
});

/**
 * Puts ops right after a source: at the head of the transform that alone reads it, else in a node of their own that
 * everything reads instead. An archive goes on copying the files themselves.
 */
export function opsAfter(ir: PipelineIr, sourceId: string, ops: readonly Op[]): PipelineIr {
  const readers = ir.nodes.flatMap((node) =>
    node.kind === "archive"
      ? []
      : edgesOf(node)
          .filter(({ ref }) => ref === sourceId)
          .map((edge) => ({ node, edge })),
  );
  const [only, ...others] = readers;
  if (only?.node.kind === "transform" && only.edge.role === "main" && others.length === 0)
    return withNode(ir, { ...only.node, ops: [...ops, ...only.node.ops] });
  const id = freeId(ir, `${sourceId}-fit`);
  const moved = readers.reduce(
    (all, { node, edge }) => withNode(all, replaced(nodeOf(all, node.id), edge.at, id)),
    ir,
  );
  return { ...moved, nodes: [...moved.nodes, { id, kind: "transform", input: sourceId, ops: [...ops] }] };
}

/** Puts ops right before a target: at the end of the transform that it alone reads, else in a node of their own. */
export function opsBefore(ir: PipelineIr, targetId: string, ops: readonly Op[]): PipelineIr {
  const target = nodeOf(ir, targetId);
  if (target.kind !== "target") return ir;
  const input = ir.nodes.find(({ id }) => id === target.input);
  const readers = ir.nodes.flatMap((node) => edgesOf(node)).filter(({ ref }) => ref === target.input);
  if (input?.kind === "transform" && readers.length === 1)
    return withNode(ir, { ...input, ops: [...input.ops, ...ops] });
  const id = freeId(ir, `${targetId}-fit`);
  const moved = withNode(ir, { ...target, input: id });
  return { ...moved, nodes: [...moved.nodes, { id, kind: "transform", input: target.input, ops: [...ops] }] };
}

/** A node that has nothing left to do goes; what read it reads what it read. */
export function bypass(ir: PipelineIr, id: string): PipelineIr {
  const node = nodeOf(ir, id);
  if (!("input" in node)) return ir;
  const { input } = node;
  const nodes = ir.nodes
    .filter((other) => other.id !== id)
    .map((other) =>
      edgesOf(other)
        .filter(({ ref }) => ref === id)
        .reduce((changed, { at }) => replaced(changed, at, input), other),
    );
  return { ...ir, nodes };
}

/** A node of the document. */
export function nodeOf(ir: PipelineIr, id: string): IrNode {
  const node = ir.nodes.find((other) => other.id === id);
  if (!node) throw new Error(`There is no node ${id}`);
  return node;
}

function replaced<T extends IrNode>(node: T, at: readonly (string | number)[], value: string): T {
  const copy = structuredClone(node);
  let place = copy as unknown as Fields;
  for (const part of at.slice(0, -1)) place = place[part] as Fields;
  place[at.at(-1) ?? ""] = value;
  return copy;
}

function freeId(ir: PipelineIr, wanted: string): string {
  const base = wanted.slice(0, 60);
  const taken = new Set(ir.nodes.map(({ id }) => id));
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}${n}`;
    if (!taken.has(id)) return id;
  }
}
