import type { Prisma } from "#lib/db.ts";
import type { Ledger, NodeCounts, RunError, RunNode, RunStatus, RunSummary, RunTrigger } from "./schema.ts";

type RunRow = Prisma.RunGetPayload<object>;
type StepRow = Prisma.RunStepGetPayload<object>;

/** A run's row as it travels in a list. */
export function toRunSummary(run: RunRow, pipeline: { slug: string; name: string } | undefined): RunSummary {
  return {
    runId: run.id,
    pipelineId: run.pipelineId,
    pipelineSlug: pipeline?.slug ?? "",
    pipelineName: pipeline?.name ?? "",
    pipelineVersion: run.pipelineVersion,
    status: run.status as RunStatus,
    trigger: run.trigger as RunTrigger,
    requestedBy: run.requestedBy,
    requestedByName: run.requestedByName,
    scheduledFor: iso(run.scheduledFor),
    backfillId: run.backfillId,
    replayOf: run.replayOf,
    attempt: run.attempt,
    rowsRead: Number(run.rowsRead),
    rowsOut: Number(run.rowsOut),
    rowsRejected: Number(run.rowsRejected),
    error: run.error as RunError | null,
    queuedAt: run.queuedAt.toISOString(),
    startedAt: iso(run.startedAt),
    finishedAt: iso(run.finishedAt),
  };
}

/** A node's row as it travels. */
export function toRunNode(step: StepRow): RunNode {
  return {
    nodeId: step.nodeId,
    kind: step.kind,
    status: step.status as RunNode["status"],
    rowsIn: Number(step.rowsIn),
    rowsOut: Number(step.rowsOut),
    rowsRejected: Number(step.rowsRejected),
    counts: step.counts as Partial<NodeCounts> | null,
    error: step.error as RunError | null,
    startedAt: iso(step.startedAt),
    finishedAt: iso(step.finishedAt),
  };
}

/** Rows read per second so far, and the seconds that remain where the total is known. */
export function paceOf(run: RunRow, now: Date): { rate: number | null; secondsLeft: number | null } {
  const read = Number(run.rowsRead);
  const seconds = ((run.finishedAt ?? now).getTime() - (run.startedAt ?? now).getTime()) / 1000;
  if (!run.startedAt || read === 0 || seconds <= 0) return { rate: null, secondsLeft: null };
  const rate = read / seconds;
  const left = run.rowsExpected === null ? null : Math.max(0, Number(run.rowsExpected) - read) / rate;
  const running = run.status === "running";
  return {
    rate: Math.round(rate * 10) / 10,
    secondsLeft: running && left !== null ? Math.ceil(left) : null,
  };
}

/** The ledger column, if the run has got that far. */
export function toLedger(run: RunRow): Ledger | null {
  return run.ledger as Ledger | null;
}

/** A time as ISO 8601 in UTC. */
export function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
