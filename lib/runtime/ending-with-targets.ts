import type { LogicalPlan } from "#lib/ir/schema.ts";
import type { RunPlanInput } from "./plan-run.ts";
import { targetsBelow } from "./table-pairs.ts";

type OnNode = NonNullable<RunPlanInput["onNode"]>;

/**
 * Says how steps go, where a target's load may be what reads the rows of the steps above it: those that are still under
 * way when the last target below them is loaded have ended with it.
 */
export function endingWithTargets(plan: LogicalPlan, onNode: OnNode): OnNode {
  const underWay = new Set<string>();
  const loaded = new Set<string>();
  const endedAbove = () =>
    [...underWay].filter((id) => targetsBelow(plan, id).every(({ nodeId }) => loaded.has(nodeId)));
  return (nodeId, state, counts) => {
    if (state === "running") underWay.add(nodeId);
    else underWay.delete(nodeId);
    if (
      state === "completed" &&
      plan.steps.some((step) => step.kind === "target" && step.nodeId === nodeId)
    ) {
      loaded.add(nodeId);
      for (const above of endedAbove()) {
        underWay.delete(above);
        onNode(above, "completed");
      }
    }
    onNode(nodeId, state, counts);
  };
}
