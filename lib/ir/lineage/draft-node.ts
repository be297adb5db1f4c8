import { joinColumns } from "../columns.ts";
import { columnsOf } from "../expression/walk.ts";
import type { EnrichStep, JoinStep, PlanStep, SourceStep, ValidateStep } from "../plan.ts";
import { applyOp, takeColumns } from "./apply-op.ts";
import { Draft, linkTo } from "./draft.ts";
import type { LineageLink, LineageNode, LineageWay } from "./shapes.ts";

const FILTER: LineageWay = { kind: "FILTER", masking: false };
const JOIN: LineageWay = { kind: "JOIN", masking: false };
type Known = (nodeId: string) => LineageNode;

/** Fields of the rules of a validate node that keep rows from passing; `only`: those with this outcome. */
export const rejectingFields = ({ rows }: ValidateStep, only?: "quarantine"): string[] => [
  ...new Set(
    rows
      .filter(({ onFail }) => (only ? onFail === only : onFail === "quarantine" || onFail === "drop"))
      .map(({ field }) => field),
  ),
];

/** What a node makes of the columns of those that it reads; a source is not made of anything. */
export function draftNode(step: PlanStep, known: Known): Draft {
  const main = step.inputs.find(({ role }) => role === "main");
  switch (step.kind) {
    case "source":
      return new Draft();
    case "join":
      return joined(step, known);
    case "archive":
      return new Draft();
    default:
  }
  if (!main) return new Draft();
  const draft = Draft.of(main, known(main.nodeId));
  if (step.kind === "transform") for (const op of step.ops) applyOp(draft, op, linkTo(main, null));
  if (step.kind === "validate") draft.rows.push(...draft.readAll(rejectingFields(step), FILTER));
  if (step.kind === "target" && step.loadMode === "incremental_watermark" && step.watermarkColumn)
    draft.rows.push(...draft.read(step.watermarkColumn, FILTER));
  if (step.kind === "enrich") enriched(draft, step);
  return draft;
}

/** Columns of a source node that its document declares; undefined where it declares none. */
export function declaredColumns(step: SourceStep): string[] | undefined {
  if (step.columns) return step.columns.map(({ name }) => name);
  return step.family === "table" ? step.config.columns : step.declared?.map(({ name }) => name);
}

/** The conditions of a branch that decide about the rows of one output: its own, and all before it. */
export function branchRows(
  step: Extract<PlanStep, { kind: "branch" }>,
  draft: Draft,
): Map<string, LineageLink[]> {
  const decided = new Map<string, LineageLink[]>();
  const links: LineageLink[] = [];
  for (const { id, when } of step.cases) {
    links.push(...draft.readAll(columnsOf(when), FILTER));
    decided.set(id, [...links]);
  }
  if (step.default !== undefined) decided.set(step.default, links);
  return decided;
}

function enriched(draft: Draft, step: EnrichStep): void {
  const { with: side } = step;
  takeColumns(draft, (column, by) => linkTo(side, column, by), step.on, step.select, side.nodeId);
}

function joined({ left, right, on, how }: JoinStep, known: Known): Draft {
  const draft = Draft.of(left, known(left.nodeId));
  const other = Draft.of(right, known(right.nodeId));
  const keys = on.flatMap((key) => [...draft.read(key.left, JOIN), ...other.read(key.right, JOIN)]);
  const shared = on.filter((key) => key.left === key.right).map((key) => key.left);
  const openLeft = draft.rest;
  const open = openLeft ?? other.rest;
  for (const name of shared) {
    const links = how === "right" || how === "full" ? other.read(name) : [];
    draft.set(name, [...draft.read(name), ...links], undefined);
  }
  // A right column gets another name where the left has one of its own; unknown on the left, that cannot be told.
  if (!openLeft) {
    const names = (of: Draft) => [...of.columns.keys()].map((name) => ({ name }));
    for (const { field, as } of joinColumns(names(draft), names(other), on).right)
      draft.set(as, other.read(field), as === field ? undefined : `${field} of ${right.nodeId}`);
  }
  if (open) {
    const from = openLeft ? [left, right] : [right];
    const sources = [
      ...(openLeft?.sources ?? []),
      ...(openLeft ? known(right.nodeId).sources : (other.rest?.sources ?? [])),
    ];
    draft.rest = { from, sources: [...new Set(sources)], except: new Set(), named: false };
  }
  draft.rows.push(...keys);
  return draft;
}
