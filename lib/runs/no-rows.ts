import type { Tx } from "#lib/db.ts";
import type { RunOutcome } from "./claimed-run.ts";
import type { RunWarning } from "./schema.ts";

/** The latest completed runs that say what is usual, and how many of them have to have had rows. */
const LOOKED_AT = 5;
const USUAL_FROM = 3;

/** Warnings that say already why there was nothing to read. */
const EXPLAINED = ["file_missed", "file_skipped"];

/**
 * A warning `no_rows` if a run that completed read nothing, or loaded nothing of what it read, where most of the
 * latest runs of its pipeline did. A source that mostly has nothing new is judged by that, and stays silent.
 */
export async function warnOfNoRows(
  tx: Tx,
  { tenant, runId }: { tenant: string; runId: string },
  outcome: RunOutcome,
): Promise<RunWarning | undefined> {
  if (!outcome.status.startsWith("completed")) return undefined;
  if (outcome.warnings?.some(({ code }) => EXPLAINED.includes(code))) return undefined;
  const empty = whatIsMissing(outcome);
  if (!empty) return undefined;
  const run = await tx.run.findFirst({ where: { id: runId, tenantId: tenant } });
  if (!run || run.replayOf !== null) return undefined;
  const before = await tx.run.findMany({
    where: {
      ...{ tenantId: tenant, pipelineId: run.pipelineId, replayOf: null, id: { not: runId } },
      status: { in: ["completed", "completed_with_errors"] },
    },
    orderBy: { queuedAt: "desc" },
    take: LOOKED_AT,
    select: { rowsRead: true, rowsOut: true },
  });
  const withRows = before.filter((each) => (empty === "read" ? each.rowsRead : each.rowsOut) > 0n).length;
  if (withRows < USUAL_FROM) return undefined;
  const usual = `${withRows} of the ${before.length} completed runs before it`;
  const message =
    empty === "read"
      ? `No rows were read; ${usual} had rows`
      : `No row reached a target, though ${outcome.rowsRead} were read; ${usual} loaded rows`;
  const hint =
    "Look whether the source was filled in time, and whether a filter of the pipeline still fits it";
  return { code: "no_rows", message, hint };
}

/** Rows that were rejected are told of as such, and an upsert that finds all unchanged has had rows. */
function whatIsMissing({ rowsRead, rowsRejected, ledger }: RunOutcome): "read" | "loaded" | undefined {
  if ((rowsRead ?? ledger?.read ?? 0) === 0) return "read";
  if (!ledger || (rowsRejected ?? 0) > 0) return undefined;
  const targets = Object.values(ledger.nodes).filter(({ inserted }) => inserted !== undefined);
  return targets.length > 0 && targets.every((counts) => counts.in === 0) ? "loaded" : undefined;
}
