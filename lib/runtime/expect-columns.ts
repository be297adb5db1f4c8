import { DataError } from "#lib/connectors/index.ts";
import { columnsOf, columnsRead, driftOf } from "#lib/ir/index.ts";
import type {
  Column,
  EnrichStep,
  JoinStep,
  LogicalPlan,
  PlanOp,
  PlanStep,
  SchemaDrift,
  TableSourceStep,
  TargetStep,
} from "#lib/ir/schema.ts";
import type { Ledger } from "#lib/runs/schema.ts";
import { columnsGone } from "./columns-gone.ts";
import type { ExecutionWarning } from "./engines/engine.ts";
import type { LedgerBook } from "./ledger.ts";

/**
 * Compares the columns that files came with with those that their source declares.
 * @param of what the files are called.
 * @param rest what becomes of columns that are not declared, in words.
 * @returns a warning where there are more than those. @throws DataError `column_missing` where one is not there
 */
export function expectDeclared(
  { nodeId, declared }: { nodeId: string; declared?: readonly Column[] },
  { of, found, rest }: { of: string; found: readonly Column[]; rest: string },
): ExecutionWarning[] {
  if (!declared) return [];
  const drift = driftOf({ nodeId, of }, declared, found, []);
  if (drift.missing.length > 0) throw missing(drift, { kind: "declared " });
  if (drift.added.length === 0) return [];
  const names = drift.added.map(({ name }) => name).join(", ");
  return [{ code: "undeclared_columns", message: `Columns not declared are ${rest}: ${names}`, drift }];
}

/** Columns that a target names and a table does not come with. @throws DataError `column_missing` */
export function expectKeys(
  target: Pick<TargetStep, "nodeId" | "upsertKey" | "watermarkColumn">,
  { nodeId, config }: TableSourceStep,
  columns: readonly Column[],
): void {
  const gone = keysOf(target).filter((key) => !columns.some(({ name }) => name === key));
  if (gone.length === 0) return;
  const expected = gone.map((name) => ({ name }));
  const drift = driftOf({ nodeId, of: config.stream }, expected, columns, []);
  throw missing({ ...drift, added: [] }, { nodeId: target.nodeId });
}

const keysOf = ({ upsertKey, watermarkColumn }: Pick<TargetStep, "upsertKey" | "watermarkColumn">) =>
  watermarkColumn === undefined ? upsertKey : [...upsertKey, watermarkColumn];

/** Columns that a node names and its input does not have. @throws DataError `column_missing` */
export class Expected {
  private readonly plan: LogicalPlan;
  private readonly last: Ledger["columns"];
  private readonly ledger: LedgerBook;
  private readonly warnings: ExecutionWarning[];
  /** What each source came with, and what that is called. */
  private readonly came = new Map<string, { of: string; columns: readonly Column[] }>();

  constructor(
    { plan, lastColumns }: { plan: LogicalPlan; lastColumns?: Ledger["columns"] },
    ledger: LedgerBook,
    warnings: ExecutionWarning[],
  ) {
    this.plan = plan;
    this.last = lastColumns;
    this.ledger = ledger;
    this.warnings = warnings;
  }

  /**
   * Tells what a source came with.
   * @param undeclared columns beside those declared: only those that were not there the last time are a change.
   * @throws DataError `schema_frozen` where a frozen table would miss a column of it
   */
  source(
    nodeId: string,
    of: string,
    columns: readonly Column[],
    undeclared: readonly ExecutionWarning[] = [],
  ): void {
    const was = this.last?.[nodeId];
    for (const { drift, ...warning } of undeclared) {
      const fresh = was && drift?.added.some(({ name }) => !was.some((column) => column.name === name));
      this.warnings.push({ ...warning, nodeId, ...(fresh && { drift }) });
    }
    this.came.set(nodeId, { of, columns });
    this.ledger.came(nodeId, columns);
    this.warnings.push(...columnsGone(this.plan, { nodeId, of, columns }, this.last));
  }

  /** @param exact names must agree to the letter; else in any case, as expressions read them. */
  need(nodeId: string, input: string, names: readonly string[], columns: readonly Column[], exact = false) {
    const there = new Set(columns.map(({ name }) => (exact ? name : name.toLowerCase())));
    const gone = [...new Set(names)].filter((name) => !there.has(exact ? name : name.toLowerCase()));
    if (gone.length === 0) return;
    const source = this.sourceBehind(input);
    const came = this.came.get(source);
    const drift = driftOf(
      { nodeId: source, of: came?.of ?? source },
      gone.map((name) => ({ name })),
      came?.columns ?? columns,
      [],
    );
    // What else came was always there, for all that is known here.
    throw missing({ ...drift, added: [] }, { nodeId, has: columns });
  }

  /** Columns that an op of a transform reads. */
  op(nodeId: string, op: PlanOp, columns: readonly Column[]): void {
    const names = columnsRead(op).flatMap((use) => (use.other ? [] : [use.name]));
    this.need(nodeId, nodeId, names, columns, op.op === "rename" || op.op === "drop");
  }

  /** Columns that a check, a branch or a target reads of its one input. */
  step(step: PlanStep, columns: readonly Column[]): void {
    this.need(step.nodeId, step.nodeId, namedBy(step), columns, step.kind === "target");
  }

  /** Keys of both sides of a join. */
  join({ nodeId, left, right, on }: JoinStep, columnsAt: (nodeId: string) => readonly Column[]): void {
    const keys = (side: "left" | "right") => on.map((key) => key[side]);
    this.need(nodeId, left.nodeId, keys("left"), columnsAt(left.nodeId));
    this.need(nodeId, right.nodeId, keys("right"), columnsAt(right.nodeId));
  }

  /** Columns that are looked up at another node. */
  other(
    nodeId: string,
    other: string,
    { on, select }: Pick<EnrichStep, "on" | "select">,
    columns: readonly Column[],
  ): void {
    const names = [...on.map(({ right }) => right), ...select.map(({ field }) => field)];
    this.need(nodeId, other, names, columns);
  }

  private sourceBehind(nodeId: string): string {
    const step = this.plan.steps.find((each) => each.nodeId === nodeId);
    const input = step?.inputs.find(({ role }) => role === "main" || role === "left");
    return input ? this.sourceBehind(input.nodeId) : nodeId;
  }
}

function namedBy(step: PlanStep): string[] {
  switch (step.kind) {
    case "validate":
      return [
        ...step.rows.map(({ field }) => field),
        ...step.dataset.flatMap((check) => ("field" in check ? check.field : [])),
        ...step.dataset.flatMap((check) => ("fields" in check ? check.fields : [])),
      ];
    case "enrich":
      return step.on.map(({ left }) => left);
    case "branch":
      return step.cases.flatMap(({ when }) => columnsOf(when));
    case "target":
      return keysOf(step);
    default:
      return [];
  }
}

function missing(
  drift: SchemaDrift,
  { nodeId = drift.nodeId, kind = "", has = drift.found as readonly { name: string }[] } = {},
): DataError {
  const names = drift.missing.map(({ name }) => `"${name}"`).join(", ");
  const word = drift.missing.length === 1 ? `column ${names} is` : `columns ${names} are`;
  const there = has.map(({ name }) => name).join(", ");
  return new DataError("column_missing", `The ${kind}${word} not in ${drift.of}; there are ${there}`, {
    nodeId,
    drift,
    hint: "Review the change that the run offers, or put the column back at the source",
  });
}
