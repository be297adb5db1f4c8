import type { JsonPatchOp } from "#lib/json-patch/index.ts";
import type {
  Capability,
  Catalogue,
  Change,
  Column,
  Expression,
  Hook,
  Issue,
  LogicalPlan,
  ParsedExpression,
  ParsedRule,
  PipelineIr,
  PlanOp,
  Schedule,
  TakenColumn,
} from "./schema.ts";

export { formatTableName, parseTableName } from "./table-ref.ts";
export { duckdbType, formatIrType, parseIrType, postgresType } from "./types.ts";

const pending = (): never => {
  throw new Error("not there yet");
};

export type ParseResult = { ok: true; ir: PipelineIr; warnings: Issue[] } | { ok: false; issues: Issue[] };
export const parsePipelineIR = (
  _input: unknown,
  _options: { strength: "saved" | "executable"; catalogue?: Catalogue },
): ParseResult => pending();
export const emptyPipelineIr = (_id?: string, _name?: string): PipelineIr => pending();
export const capabilities: readonly Capability[] = [];
export const parseExpression = (_text: string): ParsedExpression => pending();
export const printExpression = (_ast: Expression, _options?: { column?: (name: string) => string }): string =>
  pending();
export const sqlIdentifier = (_name: string): string => pending();
export const sqlLiteral = (_value: string | number | bigint | boolean | null): string => pending();
export const parseRule = (
  _text: string,
): { ok: true; rule: ParsedRule } | { ok: false; message: string; hint?: string } => pending();
export const parseHook = (_text: string): { ok: true; hook: Hook } | { ok: false; message: string } =>
  pending();
export const printHook = (_hook: Hook): string => pending();
export const compile = (_ir: PipelineIr, _catalogue?: Catalogue): LogicalPlan => pending();
export const describeChanges = (_before: PipelineIr, _after: PipelineIr): Change[] => pending();
export const selectChanges = (
  _before: PipelineIr,
  _patch: readonly JsonPatchOp[],
  _ids: readonly string[],
): { ok: true; patch: JsonPatchOp[] } | { ok: false; missing: { change: string; needs: string[] }[] } =>
  pending();
export const guardPatch = (_patch: readonly JsonPatchOp[]): Issue[] => pending();
export const canonical = (_ir: PipelineIr): PipelineIr => pending();
export const canonicalText = (_ir: PipelineIr): string => pending();
export const irJsonSchema = (): Record<string, unknown> => pending();
/** Columns a node gives (for "branch:case": that output), or undefined where they are not known. */
export const columnsAfter = (
  _ir: PipelineIr,
  _nodeRef: string,
  _catalogue?: Catalogue,
): Column[] | undefined => pending();
/** Columns after one op, given those before it: the run time uses it once it knows a source's columns. */
export const columnsAfterOp = (_op: PlanOp, _columns: Column[], _other?: Column[]): Column[] => pending();
/** What a join gives: left columns, then right ones (equal-named keys once; other clashes get `_right`). */
export const joinColumns = (
  _left: readonly Column[],
  _right: readonly Column[],
  _on: readonly { left: string; right: string }[],
): { left: TakenColumn[]; right: TakenColumn[] } => pending();
export const nextRuns = (_schedule: Schedule, _from: Date, _count: number): Date[] => pending();
export const describeSchedule = (_schedule: Schedule): string => pending();
