import type { Change } from "../change.ts";
import type { IrNode, PipelineIr } from "../document.ts";
import { splitRef } from "../graph.ts";
import { edgesOf } from "../nodes/catalogue.ts";
import { type Difference, differencesBetween } from "./compare.ts";

type Nodes = ReadonlyMap<string, IrNode>;

const nodesOf = (ir: PipelineIr): Nodes => new Map(ir.nodes.map((node) => [node.id, node]));

/** Fields of a target that make sense together: the first of each pair needs the second. */
const TOGETHER: readonly [string, string][] = [
  ["loadMode", "upsertKey"],
  ["loadMode", "watermarkColumn"],
  ["loadMode", "allowEmpty"],
  ["upsertKey", "loadMode"],
  ["watermarkColumn", "loadMode"],
  ["preHook", "schema"],
  ["postHook", "schema"],
];

/** True if a node of these nodes can be read by this reference. */
function readable(ref: string, nodes: Nodes): boolean {
  const { nodeId, output } = splitRef(ref);
  const node = nodes.get(nodeId);
  // Nothing comes out of a target or an archive.
  if (!node || node.kind === "target" || node.kind === "archive") return false;
  if (node.kind !== "branch") return output === undefined;
  return output !== undefined && (node.default === output || node.cases.some(({ id }) => id === output));
}

/** Ids of the changes that belong to a node: `node:v` and `node:v/…`. */
const ofNode = (all: readonly Difference[], nodeId: string): Difference[] =>
  all.filter((difference) => difference.nodeId === nodeId);

/** The changes through which `node` comes to read (or stops reading) by a field. */
function edgeChanges(
  all: readonly Difference[],
  nodeId: string,
  at: readonly (string | number)[],
): Difference[] {
  return ofNode(all, nodeId).filter(
    ({ id }) => id === `node:${nodeId}` || at.join("/").startsWith(id.slice(`node:${nodeId}/`.length)),
  );
}

/** The changes of a node that decide whether it, or one of its outputs, can be read. */
function outputChanges(all: readonly Difference[], nodeId: string): Difference[] {
  return ofNode(all, nodeId).filter(({ id }) =>
    [`node:${nodeId}`, `node:${nodeId}/cases`, `node:${nodeId}/default`].includes(id),
  );
}

function dependencies(before: Nodes, after: Nodes, all: readonly Difference[]): Map<string, Set<string>> {
  const needs = new Map<string, Set<string>>(all.map(({ id }) => [id, new Set()]));
  const link = (from: readonly Difference[], to: readonly Difference[]): void => {
    for (const { id } of from) for (const other of to) if (other.id !== id) needs.get(id)?.add(other.id);
  };
  // Whatever comes to be read must come too.
  for (const node of after.values()) {
    for (const { ref, at } of edgesOf(node)) {
      if (readable(ref, before)) continue;
      link(edgeChanges(all, node.id, at), outputChanges(all, splitRef(ref).nodeId));
    }
  }
  // Whatever goes must have been let go by its readers.
  for (const node of before.values()) {
    for (const { ref, at } of edgesOf(node)) {
      if (readable(ref, after)) continue;
      link(outputChanges(all, splitRef(ref).nodeId), edgeChanges(all, node.id, at));
    }
  }
  for (const { id, nodeId, hook } of all) {
    if (nodeId === undefined || id === `node:${nodeId}`) continue;
    const whole = all.filter((other) => other.id === `node:${nodeId}`);
    const own = all.filter((other) => other.id === id);
    link(own, whole);
    if (hook && whole.some(({ op }) => op === "remove")) link(whole, own);
    for (const [field, other] of TOGETHER) {
      if (id === `node:${nodeId}/${field}`)
        link(
          own,
          all.filter((one) => one.id === `node:${nodeId}/${other}`),
        );
    }
  }
  return needs;
}

/**
 * What `after` changes of `before`, as changes that a person can take or leave: whole nodes that come or go, fields
 * of nodes that stay, sections of the document; hooks always on their own. `dependsOn` names those that a change
 * cannot do without. Both documents must have passed check 1 and 2.
 */
export function describeChanges(before: PipelineIr, after: PipelineIr): Change[] {
  const all = differencesBetween(before, after);
  const needs = dependencies(nodesOf(before), nodesOf(after), all);
  return all.map((difference) => ({ ...difference, dependsOn: [...(needs.get(difference.id) ?? [])] }));
}
