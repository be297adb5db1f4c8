import type { LogicalPlan, PlanStep, TableSourceStep, TargetStep } from "#lib/ir/schema.ts";

/** A table that goes into a target as it is. */
export type TablePair = { source: TableSourceStep; target: TargetStep };

/** The pairs of a plan that have nothing to do with its other steps, in order. */
export function tablePairs({ steps }: LogicalPlan): TablePair[] {
  return steps.flatMap((source) => {
    if (source.kind !== "source" || source.family !== "table" || source.consumers.length !== 1) return [];
    const target = steps.find(({ nodeId }) => nodeId === source.consumers[0]?.nodeId);
    return target?.kind === "target" ? [{ source, target }] : [];
  });
}

/** The part of a plan that consists of some of its steps. */
export function partOf(plan: LogicalPlan, steps: readonly PlanStep[]): LogicalPlan {
  const ids = new Set(steps.map(({ nodeId }) => nodeId));
  const known = (nodeId: string) => ids.has(nodeId);
  return {
    ...plan,
    steps: plan.steps.filter(({ nodeId }) => ids.has(nodeId)),
    targets: plan.targets.filter(known),
    sideInputs: plan.sideInputs.filter(known),
  };
}

/** What of a plan is left without its pairs. */
export function withoutPairs(plan: LogicalPlan, pairs: readonly TablePair[]): LogicalPlan {
  const taken = new Set<PlanStep>(pairs.flatMap(({ source, target }) => [source, target]));
  return partOf(
    plan,
    plan.steps.filter((step) => !taken.has(step)),
  );
}

/** The sources whose rows come to a step, near or far. */
export function sourcesOf({ steps }: LogicalPlan, nodeId: string) {
  const wanted = new Set([nodeId]);
  for (const step of steps.toReversed())
    if (wanted.has(step.nodeId)) for (const input of step.inputs) wanted.add(input.nodeId);
  return steps.filter((step) => step.kind === "source").filter((step) => wanted.has(step.nodeId));
}

/** The targets to which a step's rows go, near or far. */
export function targetsBelow({ steps }: LogicalPlan, nodeId: string): TargetStep[] {
  const reached = new Set([nodeId]);
  for (const step of steps)
    if (step.inputs.some((input) => reached.has(input.nodeId))) reached.add(step.nodeId);
  return steps.filter((step) => step.kind === "target").filter((step) => reached.has(step.nodeId));
}

/** True if a target gets nothing but what is new in its sources: to find nothing new is in order. */
export function takesIncrements(plan: LogicalPlan, { nodeId }: TargetStep): boolean {
  return sourcesOf(plan, nodeId).every(
    (source) => source.family === "table" && source.config.syncMode === "incremental",
  );
}
