import { DataError } from "#lib/connectors/index.ts";
import type { LogicalPlan, PlanInput, PlanStep, SourceStep, TargetStep } from "#lib/ir/schema.ts";
import { besides, flowsInto, opsFrom, type Place, placeKey, reachedFrom } from "./place.ts";
import { otherOf, refuseReplay, sideOf } from "./refuse-replay.ts";

/** A plan that begins where rows were rejected. */
export type ReplayPlan = {
  plan: LogicalPlan;
  /** The step that gives the rows of a place, by the place's key. */
  entries: ReadonlyMap<string, string>;
  /** The node of the pipeline that a step is of, or is a part of. */
  nodeOf: (stepId: string) => string;
  /** The place in its transform's list of a step's first op. */
  firstOp: (stepId: string) => number;
  /** The nodes that the rows come through; the others are looked at. */
  reached: ReadonlySet<string>;
};

type Parts = { nodes: Map<string, string>; ops: Map<string, number>; entries: Map<string, string> };

/**
 * The part of a plan that takes on rows where they were rejected, up to its targets, which only add: rule checks of
 * that node apply again, then everything below. What nodes below look up is read as usual.
 * @param rejectedAt every node at which the run has rejected rows.
 * @throws DataError `replay_needs_whole` with a sentence
 */
export function planReplay(
  plan: LogicalPlan,
  places: readonly Place[],
  rejectedAt: ReadonlySet<string>,
): ReplayPlan {
  const why = refuseReplay(plan, places, rejectedAt);
  if (why) throw needsWhole(why);
  const reached = reachedFrom(plan, places);
  const sides = besides(plan, sideInputs(plan, reached, places));
  const parts: Parts = { nodes: new Map(), ops: new Map(), entries: new Map() };
  const steps = plan.steps.flatMap((step): PlanStep[] => {
    if (reached.has(step.nodeId)) return stepsOf(step, places, reached, parts);
    return sides.has(step.nodeId) ? [asUsual(step)] : [];
  });
  const ids = new Set(steps.map(({ nodeId }) => nodeId));
  return {
    plan: {
      ...plan,
      steps: withConsumers(steps),
      targets: plan.targets.filter((id) => ids.has(id)),
      sideInputs: plan.sideInputs.filter((id) => ids.has(id)),
      keepRejects: true,
    },
    entries: parts.entries,
    nodeOf: (id) => parts.nodes.get(id) ?? id,
    firstOp: (id) => parts.ops.get(id) ?? 0,
    reached,
  };
}

/** The refusal of rows that cannot be loaded by themselves. */
export const needsWhole = (why: string): DataError =>
  new DataError(
    "replay_needs_whole",
    `${why}. Mend the rows in their source and run the whole pipeline again`,
  );

/** What reached steps read beside the rows that come through them. */
function sideInputs(
  { steps }: LogicalPlan,
  reached: ReadonlySet<string>,
  places: readonly Place[],
): string[] {
  return steps
    .filter(({ nodeId }) => reached.has(nodeId))
    .flatMap((step) => {
      if (step.kind === "join") return [otherOf(step, sideOf(step, reached) ?? "left").nodeId];
      if (step.kind === "transform")
        return lookups(step.ops.slice(opsFrom(places, step, reached)), step).map(({ nodeId }) => nodeId);
      const flowing = flowsInto(step);
      return step.inputs.filter((input) => !flowing.includes(input)).map(({ nodeId }) => nodeId);
    });
}

/** The inputs that some ops of a transform look up. */
function lookups(ops: Extract<PlanStep, { kind: "transform" }>["ops"], step: PlanStep): PlanInput[] {
  const wanted = new Set(ops.flatMap((op) => (op.op === "lookup_join" ? [op.with] : [])));
  return step.inputs.filter(({ nodeId, role }) => role === "lookup" && wanted.has(nodeId));
}

/** Read for what it holds: nothing is waited for, taken away or copied. */
function asUsual(step: PlanStep): PlanStep {
  if (step.kind === "validate") return { ...step, quarantineTable: undefined };
  if (step.kind !== "source" || step.family !== "file") return step;
  const { waitPolicy: _, atomicity: __, ...config } = step.config;
  return { ...step, config };
}

function stepsOf(
  step: PlanStep,
  places: readonly Place[],
  reached: ReadonlySet<string>,
  parts: Parts,
): PlanStep[] {
  const own = places.filter(({ nodeId }) => nodeId === step.nodeId);
  switch (step.kind) {
    case "source":
      parts.entries.set(step.nodeId, step.nodeId);
      return [entryStep(step, step.nodeId)];
    case "transform":
      return transformSteps(step, own, reached, parts);
    case "validate": {
      const dataset = step.dataset.filter(({ check }) => check === "fkIntegrity");
      const [entries, inputs] = entriesAt(step, own, parts);
      const arriving = arrivingAt(step, reached);
      const looked = step.inputs.filter(
        ({ role, nodeId }) => role === "references" && dataset.some((check) => refersTo(check, nodeId)),
      );
      const changed = { ...step, dataset, quarantineTable: undefined };
      return [...entries, { ...changed, inputs: [...arriving, ...inputs, ...looked] }];
    }
    case "join":
      return [{ ...step, numberedBy: sideOf(step, reached) }];
    case "target":
      return [adding(step)];
    default:
      return [step];
  }
}

const refersTo = (
  check: Extract<PlanStep, { kind: "validate" }>["dataset"][number],
  nodeId: string,
): boolean => check.check === "fkIntegrity" && "node" in check.references && check.references.node === nodeId;

const arrivingAt = (step: PlanStep, reached: ReadonlySet<string>): PlanInput[] =>
  flowsInto(step).filter(({ nodeId }) => reached.has(nodeId));

/** A transform in parts, cut where rows enter between its ops. The last part has its name. */
function transformSteps(
  step: Extract<PlanStep, { kind: "transform" }>,
  own: readonly Place[],
  reached: ReadonlySet<string>,
  parts: Parts,
): PlanStep[] {
  const arriving = arrivingAt(step, reached);
  const starts = [...new Set([...(arriving.length > 0 ? [0] : []), ...own.map(({ op = 0 }) => op)])].sort(
    (a, b) => a - b,
  );
  return starts.flatMap((start, at): PlanStep[] => {
    const next = starts[at + 1];
    const nodeId = next === undefined ? step.nodeId : `${step.nodeId}#${start}`;
    parts.nodes.set(nodeId, step.nodeId);
    parts.ops.set(nodeId, start);
    const ops = step.ops.slice(start, next);
    const before =
      at === 0 ? arriving : [{ nodeId: `${step.nodeId}#${starts[at - 1]}`, role: "main" as const }];
    const here = own.filter(({ op = 0 }) => op === start);
    const [entries, inputs] = entriesAt(step, here, parts);
    return [...entries, { ...step, nodeId, ops, inputs: [...before, ...inputs, ...lookups(ops, step)] }];
  });
}

/** Steps that give the rows of some places of one node, and the inputs by which they come to it. */
function entriesAt(step: PlanStep, places: readonly Place[], parts: Parts): [PlanStep[], PlanInput[]] {
  const ids = places.map((place) => {
    const id = `${step.nodeId}#rows${place.op ?? ""}`;
    parts.nodes.set(id, step.nodeId);
    parts.ops.set(id, place.op ?? 0);
    parts.entries.set(placeKey(place), id);
    return id;
  });
  return [ids.map((id) => entryStep(step, id)), ids.map((nodeId) => ({ nodeId, role: "main" }))];
}

const entryStep = ({ index }: PlanStep, nodeId: string): SourceStep => ({
  nodeId,
  index,
  inputs: [],
  consumers: [],
  kind: "source",
  family: "file",
  connector: "local_fs",
  config: { ordering: "all" },
});

/** Adds to the table as it stands: nothing is emptied, and no mark is moved. */
function adding(step: TargetStep): TargetStep {
  const { watermarkColumn: _, ...rest } = step;
  return { ...rest, loadMode: step.loadMode === "upsert" ? "upsert" : "append", allowEmpty: true };
}

function withConsumers(steps: readonly PlanStep[]): PlanStep[] {
  return steps.map((step) => ({
    ...step,
    consumers: steps.flatMap((other) =>
      other.inputs
        .filter(({ nodeId }) => nodeId === step.nodeId)
        .map(({ role, output }) => ({ nodeId: other.nodeId, role, ...(output !== undefined && { output }) })),
    ),
  }));
}
