import { type DataError, isDataError } from "#lib/connectors/index.ts";
import type { Ledger, RunError, RunWarning } from "#lib/runs/schema.ts";
import { conclude, type Run } from "./plan-run.ts";

/** What a run of a plan came to. `error` is set if it failed; what had committed by then stays and is in the ledger. */
export type PlanOutcome = {
  status: "completed" | "completed_with_errors" | "failed";
  ledger: Ledger;
  warnings: RunWarning[];
  error?: RunError & { retryable: boolean };
};

/** A run that got to its end. */
export function finished({ book, warnings }: Run): PlanOutcome {
  const ledger = book.close();
  if (!ledger.balanced) {
    const error = {
      code: "ledger_unbalanced",
      message: "The ledger of this run does not balance",
      retryable: false,
    };
    return { status: "failed", ledger, warnings, error };
  }
  const clean = ledger.rejected === 0 && !warnings.some(({ code }) => code.endsWith("_warning"));
  return { status: clean ? "completed" : "completed_with_errors", ledger, warnings };
}

/** Tells of a failure beside the one that the run ends with. */
export function failedAt({ input, warnings }: Run, error: unknown): void {
  const known = isDataError(error) ? error : undefined;
  const { nodeId } = known?.place ?? {};
  if (nodeId) input.onNode?.(nodeId, "failed");
  const message = known?.message ?? "Something went wrong on our side";
  warnings.push({ code: known?.code ?? "internal", message, ...known?.place });
}

/** A run that did not. */
export function failed(run: Run, error: unknown): PlanOutcome {
  const { input, book } = run;
  if (run.attempt) conclude(run, run.attempt);
  const known = isDataError(error) ? error : undefined;
  const nodeId = known?.place.nodeId;
  if (nodeId) input.onNode?.(nodeId, "failed");
  const ledger = book.nodes.size > 0 ? book.close() : emptyLedger();
  const message = known?.message ?? "Something went wrong on our side";
  return {
    status: "failed",
    ledger,
    warnings: run.warnings,
    error: { code: known?.code ?? "internal", message, ...known?.place, retryable: known?.retryable ?? true },
  };
}

/** A run that did not begin. @throws what is no error of the data */
export function notBegun(error: unknown): PlanOutcome {
  if (!isDataError(error)) throw error;
  const { code, message, place, retryable } = error;
  return {
    status: "failed",
    ledger: emptyLedger(),
    warnings: [],
    error: { code, message, ...place, retryable },
  };
}

/** A run that failed before anything was read. */
export function failedBefore({ code, message, place, retryable }: DataError): PlanOutcome {
  return {
    status: "failed",
    ledger: emptyLedger(),
    warnings: [],
    error: { code, message, ...place, retryable },
  };
}

/** A run in which there was nothing to read, and that was to be expected. */
export function nothingRead(warnings: RunWarning[]): PlanOutcome {
  return { status: "completed", ledger: emptyLedger(), warnings };
}

function emptyLedger(): Ledger {
  return {
    balanced: true,
    read: 0,
    loaded: 0,
    rejected: 0,
    filtered: 0,
    deduplicated: 0,
    unmatched: 0,
    nodes: {},
    edges: [],
  };
}
