import type { EndedRun } from "#lib/runs/index.ts";
import type { RunError } from "#lib/runs/schema.ts";
import type { Topic } from "./schema.ts";

/** One thing that is wrong with a run. `topics`: what it can be told as, the most telling first. */
export type Fact = { topics: readonly Topic[]; why?: RunError };

/** Everything that is wrong with a run that has ended. */
export function factsOf({ status, error, warnings }: EndedRun): Fact[] {
  if (status === "cancelled") return [];
  const why = error ?? undefined;
  if (status === "failed") {
    const missed = error?.code === "file_missed_deadline";
    return [{ topics: missed ? ["file.missed", "run.failed"] : ["run.failed"], why }];
  }
  const facts: Fact[] = [];
  const missed = warnings.find(({ code }) => code === "file_missed");
  if (missed) facts.push({ topics: ["file.missed"], why: missed });
  const empty = warnings.find(({ code }) => code === "no_rows");
  if (empty) facts.push({ topics: ["run.no_rows"], why: empty });
  if (status === "completed_with_errors") facts.push({ topics: ["run.completed_with_errors"] });
  return facts;
}

/** Problems whose end is worth telling. */
export const RECOVERABLE: readonly Topic[] = ["run.failed", "file.missed"];
