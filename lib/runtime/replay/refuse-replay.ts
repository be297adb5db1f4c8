import type { LogicalPlan, PlanInput, PlanStep, ValidateStep } from "#lib/ir/schema.ts";
import { besides, combines, flowsInto, opsFrom, type Place, reachedFrom } from "./place.ts";

type Given = { plan: LogicalPlan; places: readonly Place[]; reached: ReadonlySet<string> };

/**
 * Why rows cannot go through a plan by themselves, if they cannot: a node on their way needs rows that are loaded
 * already.
 * @param rejectedAt every node at which the run has rejected rows.
 */
export function refuseReplay(
  plan: LogicalPlan,
  places: readonly Place[],
  rejectedAt: ReadonlySet<string>,
): string | undefined {
  const reached = reachedFrom(plan, places);
  const given = { plan, places, reached };
  for (const { nodeId } of places)
    if (!reached.has(nodeId)) return `Nothing that comes after "${nodeId}" loads a row`;
  for (const step of plan.steps)
    if (reached.has(step.nodeId)) {
      const why = refuseStep(given, step, rejectedAt);
      if (why) return why;
    }
  return undefined;
}

function refuseStep(given: Given, step: PlanStep, rejectedAt: ReadonlySet<string>): string | undefined {
  const { plan, places, reached } = given;
  const { nodeId } = step;
  switch (step.kind) {
    case "transform": {
      const op = step.ops.slice(opsFrom(places, step, reached)).find(combines);
      if (op) return `"${nodeId}" makes its rows of all rows together (${op.op})`;
      break;
    }
    case "validate": {
      const check = step.dataset.find((one) => one.onFail === "abort" && judgesTogether(one, given, step));
      if (check) return `"${nodeId}" checks all rows together (${check.check})`;
      break;
    }
    case "join":
      return refuseJoin(given, step, rejectedAt);
    case "target":
      if (step.loadMode === "cdc_mirror")
        return `"${nodeId}" follows the changes of its source in their order`;
      break;
  }
  const flowing = flowsInto(step);
  const looked = step.inputs.filter((input) => !flowing.includes(input)).map((input) => input.nodeId);
  const other = [...besides(plan, looked)].find((id) => reached.has(id));
  return other === undefined
    ? undefined
    : `"${nodeId}" looks rows up in "${other}", where these rows come from: rows that were loaded would have found them`;
}

/** Too few rows, or old ones, are no verdict over a part; too many, or twice the same, would be one over the whole. */
function judgesTogether(
  check: ValidateStep["dataset"][number],
  { reached }: Given,
  step: ValidateStep,
): boolean {
  // What a node rejects itself its checks have counted.
  const counted = !flowsInto(step).some(({ nodeId }) => reached.has(nodeId));
  switch (check.check) {
    case "duplicateKey":
      return true;
    case "cardinality":
      return check.max !== undefined;
    case "rowCount":
      return check.max !== undefined && !counted;
    default:
      return false;
  }
}

function refuseJoin(
  { plan, reached }: Given,
  step: Extract<PlanStep, { kind: "join" }>,
  rejectedAt: ReadonlySet<string>,
): string | undefined {
  const { nodeId, how } = step;
  const side = sideOf(step, reached);
  if (!side) return `"${nodeId}" joins these rows with themselves`;
  if (how !== "inner" && how !== side) return `"${nodeId}" has loaded rows of its other side without these`;
  const others = besides(plan, [otherOf(step, side).nodeId]);
  for (const id of others) {
    if (reached.has(id)) return `"${nodeId}" joins these rows with themselves`;
    if (rejectedAt.has(id))
      return `"${nodeId}" joins these rows with those of "${id}", of which some were rejected, too`;
  }
  const part = plan.steps.find(
    (other) =>
      others.has(other.nodeId) &&
      other.kind === "source" &&
      other.family === "table" &&
      other.config.syncMode === "incremental",
  );
  return part && `"${nodeId}" joins these rows with what was new in "${part.nodeId}" then`;
}

/** The side of a join that replayed rows come from; undefined if both are. */
export function sideOf(
  { left, right }: Extract<PlanStep, { kind: "join" }>,
  reached: ReadonlySet<string>,
): "left" | "right" | undefined {
  const [l, r] = [reached.has(left.nodeId), reached.has(right.nodeId)];
  return l && r ? undefined : l ? "left" : "right";
}

/** The input of the other side. */
export const otherOf = (
  { left, right }: Extract<PlanStep, { kind: "join" }>,
  side: "left" | "right",
): PlanInput => (side === "left" ? right : left);
