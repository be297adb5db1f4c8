import type { IrNode, Op, PipelineIr } from "#lib/ir/schema.ts";
import { parsePointer } from "#lib/json-patch/index.ts";
import { quoted } from "./drift-change.ts";
import { bypass, withNode } from "./fit-node.ts";

type Without = { ir: PipelineIr; said: string } | { why: string };

/**
 * The document without what stands at a pointer and names a column that is not there: an op, a rule, a check, one of
 * several columns of a list. What decides which rows there are, or which are one, is left to a person; so is what hides
 * a column while others came that may hold the same.
 */
export function withoutColumn(ir: PipelineIr, pointer: string, came: readonly { name: string }[]): Without {
  const [, index, field = "", at = "", ...rest] = parsePointer(pointer) ?? [];
  const node = ir.nodes[Number(index)];
  if (!node) return { why: `There is nothing at ${pointer}.` };
  if (node.kind === "transform" && field === "ops") return withoutUse(ir, node, Number(at), rest, came);
  if (node.kind === "validate" && field === "rowLevel") {
    const rule = node.rowLevel?.[Number(at)];
    const rowLevel = node.rowLevel?.filter((_, position) => position !== Number(at)) ?? [];
    const { rowLevel: _, ...others } = node;
    const left = rowLevel.length > 0 ? { ...others, rowLevel } : others;
    return { ir: checked(ir, left), said: `The rule “${rule?.id}” of ${node.id} goes.` };
  }
  if (node.kind === "validate" && field === "datasetLevel") {
    const { [at as "freshness"]: _, ...checks } = node.datasetLevel ?? {};
    const { datasetLevel: __, ...others } = node;
    const left = Object.keys(checks).length > 0 ? { ...others, datasetLevel: checks } : others;
    return { ir: checked(ir, left), said: `The check ${at} of ${node.id} goes.` };
  }
  return { why: `${node.id} (${node.kind}) needs it in ${field}: say what is to take its place.` };
}

/** A node that checks nothing any more goes. */
const checked = (ir: PipelineIr, node: Extract<IrNode, { kind: "validate" }>): PipelineIr =>
  node.rowLevel || node.datasetLevel ? withNode(ir, node) : bypass(ir, node.id);

/** Lists of which one column can go while others stay, by op. */
const LISTS: Partial<Record<Op["op"], string>> = { drop: "fields", merge: "fields" };
/** Ops without which rows would be others, not only columns. */
const DECIDING: readonly Op["op"][] = ["filter", "deduplicate", "aggregate", "summarize", "lookup_join"];

/** Ops that keep a value from being seen. */
const HIDING: readonly Op["op"][] = ["mask_pii", "hash", "drop"];

function withoutUse(
  ir: PipelineIr,
  node: Extract<IrNode, { kind: "transform" }>,
  at: number,
  rest: readonly string[],
  came: readonly { name: string }[],
): Without {
  const op = node.ops[at];
  if (!op) return { why: `${node.id} has no such op.` };
  if (DECIDING.includes(op.op))
    return { why: `The op ${op.op} of ${node.id} needs it: say what is to take its place.` };
  if (HIDING.includes(op.op) && came.length > 0)
    return {
      why: `The op ${op.op} of ${node.id} hides it, and ${quoted(came)} came new: say what is to be hidden.`,
    };
  const list = LISTS[op.op];
  if (list && rest[0] === list) {
    const names = (op as { fields: string[] }).fields.filter((_, position) => position !== Number(rest[1]));
    if (names.length > 0) {
      const ops = node.ops.map((other, position) => (position === at ? { ...op, fields: names } : other));
      return {
        ir: withNode(ir, { ...node, ops: ops as Op[] }),
        said: `${op.op} of ${node.id} goes on without it.`,
      };
    }
  }
  const ops = node.ops.filter((_, position) => position !== at);
  const said = `The op ${op.op} of ${node.id} goes.`;
  return { ir: ops.length > 0 ? withNode(ir, { ...node, ops }) : bypass(ir, node.id), said };
}
