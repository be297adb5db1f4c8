import type { AppError } from "#lib/errors.ts";
import type { Outcome } from "./flush.ts";
import { ackOf } from "./materialize.ts";
import type { PreparedEvent } from "./prepare-event.ts";
import type { BatchResult } from "./schema.ts";

/** One line of a batch's answer, for an event that was taken. */
export function takenResult(
  index: number,
  { event, warnings }: PreparedEvent,
  outcome: Outcome,
): BatchResult {
  if (outcome instanceof Error) return refusedResult(index, outcome);
  const replayed = outcome.replayed ? { replayed: true } : {};
  return { index, ...ackOf(event, outcome.lsn, warnings), ...replayed };
}

/** One line of a batch's answer, for an event that was refused: the problem that it would have been alone. */
export function refusedResult(index: number, { status, code, message, extra }: AppError): BatchResult {
  const issues = extra.issues ? { issues: extra.issues } : {};
  return { index, status, code, error: code, detail: message, ...issues };
}
