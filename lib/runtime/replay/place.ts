import type { LogicalPlan, PlanInput, PlanOp, PlanStep } from "#lib/ir/schema.ts";

/** Where rows enter a plan: at a node, and in a transform before one of its ops. */
export type Place = { nodeId: string; op?: number };

/** A place as a key. */
export const placeKey = ({ nodeId, op }: Place): string => (op === undefined ? nodeId : `${nodeId} ${op}`);

/** Ops that make other rows of rows, or judge one row by others. */
const COMBINING: readonly PlanOp["op"][] = ["deduplicate", "aggregate", "summarize"];

/** True if an op needs rows that are not replayed. */
export const combines = ({ op }: PlanOp): boolean => COMBINING.includes(op);

const FLOWS: readonly PlanInput["role"][] = ["main", "left", "right"];

/** The inputs whose rows go through a step; the others are looked at. */
export const flowsInto = (step: PlanStep): PlanInput[] =>
  step.inputs.filter(({ role }) => FLOWS.includes(role));

/** The ops of a transform that rows from some places go through: those before them are done. */
export function opsFrom(places: readonly Place[], step: PlanStep, reached: ReadonlySet<string>): number {
  if (flowsInto(step).some(({ nodeId }) => reached.has(nodeId))) return 0;
  return Math.min(...places.filter(({ nodeId }) => nodeId === step.nodeId).map(({ op = 0 }) => op));
}

/** The nodes that rows from some places come through on their way to a target. An archive is none. */
export function reachedFrom({ steps }: LogicalPlan, places: readonly Place[]): Set<string> {
  const below = new Set(places.map(({ nodeId }) => nodeId));
  for (const step of steps)
    if (step.kind !== "archive" && flowsInto(step).some(({ nodeId }) => below.has(nodeId)))
      below.add(step.nodeId);
  const leading = new Set<string>();
  for (const step of steps.toReversed())
    if (step.kind === "target" || leading.has(step.nodeId))
      for (const { nodeId } of [step, ...flowsInto(step)]) leading.add(nodeId);
  return below.intersection(leading);
}

/** The nodes whose rows are looked at, or joined, by nodes that were reached, with all that they read. */
export function besides({ steps }: LogicalPlan, roots: Iterable<string>): Set<string> {
  const wanted = new Set(roots);
  for (const step of steps.toReversed())
    if (wanted.has(step.nodeId)) for (const { nodeId } of step.inputs) wanted.add(nodeId);
  return wanted;
}
