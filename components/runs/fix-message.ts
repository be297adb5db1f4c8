import { limits } from "#lib/limits.ts";
import type { RunError, RunProgress } from "#lib/runs/schema.ts";
import type { QuarantinedRow } from "#lib/runtime/schema.ts";

/** Characters of one value and of one reason, and of the error's own words. */
const VALUE_CHARS = 120;
const REASON_CHARS = 300;
const ERROR_CHARS = 1_500;

type Cell = NonNullable<QuarantinedRow["row"]>[string];

/** Where a run failed, in words and values. */
export function whereOf(error: RunError): [string, string][] {
  return [
    ...(error.nodeId ? [["Node", error.nodeId] as [string, string]] : []),
    ...(error.rule ? [["Rule", error.rule] as [string, string]] : []),
    ...(error.row === undefined ? [] : [["Row", error.row.toLocaleString("en-US")] as [string, string]]),
  ];
}

/** The failed run as something that a message points at. */
export const runMention = (runId: string) => ({ key: `run:${runId}`, name: `run-${runId.slice(-8)}` });

/** What the assistant is asked about a failed run: where, and the error. It is kept, so it holds no rows. */
export function fixMessage(run: Pick<RunProgress, "runId" | "pipelineVersion">, error: RunError): string {
  const where = whereOf(error)
    .map(([word, value]) => `${word.toLowerCase()} ${value}`)
    .join(", ");
  return [
    `The run @${runMention(run.runId).name} of version ${run.pipelineVersion} failed${where ? ` at ${where}` : ""}.`,
    cut(`Error ${error.code}: ${error.message}`, ERROR_CHARS),
    ...(error.hint ? [cut(error.hint, ERROR_CHARS)] : []),
    "Propose a change to the pipeline that fixes this, or say why none would.",
  ].join("\n");
}

/**
 * A few of the rows that the run rejected, each as JSON, those of the failed node first. They go along with the
 * message and are kept nowhere, as the quarantine keeps its rows for a while only. Values of `masked` fields are left
 * out: what a pipeline hides is not for a model's eyes.
 */
export function fixSamples(
  error: RunError,
  rejected: readonly QuarantinedRow[],
  masked: readonly string[],
): string[] {
  const ofNode = (row: QuarantinedRow) => Number(row.nodeId !== error.nodeId);
  return [...rejected]
    .sort((a, b) => ofNode(a) - ofNode(b))
    .slice(0, limits.samples)
    .map((row) => sampleOf(row, masked));
}

function sampleOf({ nodeId, rule, reason, row, masked: hidden }: QuarantinedRow, masked: readonly string[]) {
  const hides = (field: string) => masked.includes(field) || hidden.includes(field);
  // A reason may quote the value that it is about.
  const why = [...masked, ...hidden].some((field) => reason.includes(field))
    ? {}
    : { reason: cut(reason, REASON_CHARS) };
  const values = Object.entries(row ?? {}).map(([field, value]): [string, Cell] => [
    field,
    hides(field) ? "***" : shortened(value),
  ]);
  const print = (count: number) =>
    JSON.stringify({
      ...{ node: nodeId, rule, ...why, row: Object.fromEntries(values.slice(0, count)) },
      ...(count < values.length ? { columnsLeftOut: values.length - count } : {}),
    });
  let count = values.length;
  while (count > 0 && print(count).length > limits.sampleChars) count--;
  return print(count);
}

const shortened = (value: Cell): Cell => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= VALUE_CHARS ? value : cut(text, VALUE_CHARS);
};

const cut = (text: string, most: number) =>
  text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
