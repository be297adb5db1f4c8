import { z } from "zod";
import { DriftColumn, Schedule, SchemaDrift } from "#lib/ir/schema.ts";
import { PageQuery, Pagination, PipelineSummary } from "#lib/pipelines/schema.ts";

export {
  Backfill,
  BackfillList,
  BackfillParams,
  BackfillRequested,
  BackfillStatus,
  RequestBackfillInput,
} from "./backfill-schema.ts";
export { LineageQuery, PipelineLineage, TableLineage, TableLineageQuery } from "./lineage-schema.ts";
export { LOG_LEVELS, RunLogLine, RunLogPage, RunLogQuery } from "./log-schema.ts";

/** States of a run. The last four are final. */
export const RUN_STATUSES = [
  "queued",
  "running",
  "completed",
  "completed_with_errors",
  "failed",
  "cancelled",
] as const;
export const RunStatus = z.enum(RUN_STATUSES);
export type RunStatus = z.infer<typeof RunStatus>;

/** True if nothing more happens to a run in this state by itself. */
export function isFinal(status: RunStatus): boolean {
  return status !== "queued" && status !== "running";
}

/** States of one node of a run. */
export const StepStatus = z.enum(["waiting", "running", "completed", "failed", "skipped", "cancelled"]);
export type StepStatus = z.infer<typeof StepStatus>;

/** Who or what asked for a run. */
export const RunTrigger = z.enum(["manual", "schedule", "backfill", "setup", "proposal", "replay"]);
export type RunTrigger = z.infer<typeof RunTrigger>;

/** Rows through one node. A target also says what became of them. */
export const NodeCounts = z.object({
  in: z.number(),
  out: z.number(),
  rejected: z.number(),
  filtered: z.number(),
  deduplicated: z.number(),
  unmatched: z.number(),
  inserted: z.number().optional(),
  updated: z.number().optional(),
  deleted: z.number().optional(),
  unchanged: z.number().optional(),
  late: z.number().optional(),
  files: z.number().optional().describe("of an archive: files copied"),
  bytes: z.number().optional().describe("of an archive: bytes written"),
});
export type NodeCounts = z.infer<typeof NodeCounts>;

/** Rows over one edge, counted at its producer. */
export const LedgerEdge = z.object({
  from: z.string(),
  output: z.string().optional(),
  to: z.string(),
  rows: z.number(),
});
export type LedgerEdge = z.infer<typeof LedgerEdge>;

/** Where every row went. `balanced` is true if each node's and each edge's sums agree to the row. */
export const Ledger = z.object({
  balanced: z.boolean(),
  read: z.number(),
  loaded: z.number(),
  rejected: z.number(),
  filtered: z.number(),
  deduplicated: z.number(),
  unmatched: z.number(),
  nodes: z.record(z.string(), NodeCounts),
  edges: z.array(LedgerEdge),
  columns: z
    .record(z.string(), z.array(DriftColumn))
    .optional()
    .describe("columns that each source came with"),
});
export type Ledger = z.infer<typeof Ledger>;

/** Why a run or a node failed; `nodeId`, `rule` and `row` (1-based) where there is one. */
export const RunError = z.object({
  code: z.string(),
  message: z.string(),
  nodeId: z.string().optional(),
  rule: z.string().optional(),
  row: z.number().optional(),
  hint: z.string().optional(),
  drift: SchemaDrift.optional().describe("where columns came otherwise than expected"),
});
export type RunError = z.infer<typeof RunError>;

/** Something worth knowing that did not stop the run. */
export const RunWarning = z.object(RunError.shape);
export type RunWarning = z.infer<typeof RunWarning>;

/** One node of a run. */
export const RunNode = z.object({
  nodeId: z.string(),
  kind: z.string(),
  status: StepStatus,
  rowsIn: z.number(),
  rowsOut: z.number(),
  rowsRejected: z.number(),
  counts: NodeCounts.partial().nullable(),
  error: RunError.nullable(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});
export type RunNode = z.infer<typeof RunNode>;

/** A run in a list. Times are ISO 8601 in UTC. */
export const RunSummary = z.object({
  runId: z.string(),
  pipelineId: z.string(),
  pipelineSlug: z.string(),
  pipelineName: z.string(),
  pipelineVersion: z.int(),
  status: RunStatus,
  trigger: RunTrigger,
  requestedBy: z.string(),
  requestedByName: z.string().nullable(),
  scheduledFor: z
    .string()
    .nullable()
    .describe("the time that the run stands for, of those that a schedule or a backfill asked for"),
  backfillId: z.string().nullable(),
  replayOf: z.string().nullable().describe("the run whose rejected rows this one takes on"),
  attempt: z.int(),
  rowsRead: z.number(),
  rowsOut: z.number(),
  rowsRejected: z.number(),
  error: RunError.nullable(),
  queuedAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});
export type RunSummary = z.infer<typeof RunSummary>;

/** A page of runs, newest first. */
export const RunList = z.object({ data: z.array(RunSummary), pagination: Pagination });
export type RunList = z.infer<typeof RunList>;

/**
 * Everything about a run that changes while it runs. `rate` is rows read per second; `secondsLeft` is known only where
 * the number of rows is; `retryAt` is when the next attempt begins; `error` stays from the last attempt until one succeeds.
 */
export const RunProgress = RunSummary.extend({
  rowsExpected: z.number().nullable(),
  rate: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  nodes: z.array(RunNode),
  ledger: Ledger.nullable(),
  warnings: z.array(RunWarning),
  cancelRequested: z.boolean(),
  replayed: z.number().describe("rows that replays of this run have loaded"),
  retryAt: z.string().nullable(),
});
export type RunProgress = z.infer<typeof RunProgress>;

/** A run that was asked for; `existing` if the idempotency key had been used before. */
export const RunRequested = z.object({ runId: z.string(), existing: z.boolean() });
export type RunRequested = z.infer<typeof RunRequested>;

/** Answer of a cancel request: `running` until the worker has let go. */
export const RunCancelled = z.object({ runId: z.string(), status: RunStatus });
export type RunCancelled = z.infer<typeof RunCancelled>;

/** Answer of a retry: the same run, queued again. */
export const RunRetried = z.object({ runId: z.string() });
export type RunRetried = z.infer<typeof RunRetried>;

/** A run named in a path. */
export const RunParams = z.object({ runId: z.uuid() });
export type RunParams = z.infer<typeof RunParams>;
/** A run named in a path below its pipeline. */
export const PipelineRunParams = z.object({ id: z.string().min(1).max(128), runId: z.uuid() });

/** Query of a list of runs. `pipeline` is a uuid or slug. */
export const ListRunsQuery = PageQuery.extend({
  status: RunStatus.optional(),
  pipeline: z.string().min(1).max(128).optional(),
});
export type ListRunsQuery = z.infer<typeof ListRunsQuery>;

/** Query of `GET /api/v1/runs/daily`. */
export const DailyRowsQuery = z.object({
  days: z.coerce.number().int().min(1).max(90).default(14).describe("today and the days before it"),
  zone: z.string().min(1).max(64).default("UTC").describe("IANA time zone in which a day begins"),
});
export type DailyRowsQuery = z.infer<typeof DailyRowsQuery>;

/** What ran and was loaded on one day. */
export const DayOfRows = z.object({
  day: z.iso.date(),
  runs: z.int(),
  loaded: z.number(),
  rejected: z.number(),
});
export type DayOfRows = z.infer<typeof DayOfRows>;

/** The last days, oldest first, days without runs included. */
export const DailyRows = z.object({ data: z.array(DayOfRows), zone: z.string() });
export type DailyRows = z.infer<typeof DailyRows>;

/** What a schedule that waits for files has seen. Times are ISO 8601 in UTC. */
export const ArrivalState = z.object({
  place: z.string().nullable().describe("where it looks, as of the last look"),
  lookedAt: z.string().nullable(),
  nextLookAt: z.string().nullable(),
  deadlineAt: z.string().nullable().describe("by when a file has to be there next"),
  moving: z
    .int()
    .describe("files that the last look found new or changed; unchanged at the next, they have arrived"),
  last: z
    .object({
      at: z.string(),
      count: z.int(),
      files: z.array(z.object({ path: z.string(), bytes: z.number(), modifiedAt: z.string() })),
    })
    .nullable()
    .describe("the latest arrival, with its first five files"),
  problem: z
    .object({ code: z.string(), message: z.string() })
    .nullable()
    .describe("why the last look found out nothing"),
});
export type ArrivalState = z.infer<typeof ArrivalState>;

/** When a pipeline runs by itself. `blocked` says why it does not although it is enabled. */
export const PipelineSchedule = z.object({
  schedule: Schedule.nullable(),
  description: z.string().nullable().describe('in words, e.g. "At 06:00 AM (Europe/Berlin)"'),
  enabled: z.boolean(),
  nextRunAt: z.string().nullable(),
  lastRunAt: z.string().nullable(),
  nextRuns: z.array(z.string()).describe("the next three, ISO 8601 in UTC"),
  nextRunsInWords: z.array(z.string()).describe("the same in the schedule's time zone"),
  blocked: z.string().nullable(),
  leftOut: z
    .object({ at: z.string(), why: z.string() })
    .nullable()
    .describe("the latest time that was due and got no run"),
  arrival: ArrivalState.nullable().describe("of a schedule that waits for files; it has no times of its own"),
});
export type PipelineSchedule = z.infer<typeof PipelineSchedule>;

/** Body of `PATCH /api/v1/pipelines/{id}/schedule`: pause or resume. The times themselves are in the IR. */
export const SetScheduleInput = z.strictObject({ enabled: z.boolean() });
export type SetScheduleInput = z.infer<typeof SetScheduleInput>;

/** A point of the sparkline of a pipeline's latest runs. */
export const RecentRun = z.object({
  runId: z.string(),
  status: RunStatus,
  rowsOut: z.number(),
  rowsRejected: z.number(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});
export type RecentRun = z.infer<typeof RecentRun>;

/** A pipeline with its schedule and its latest runs (oldest first, at most ten). */
export const PipelineOverview = PipelineSummary.extend({
  schedule: PipelineSchedule.pick({
    schedule: true,
    description: true,
    enabled: true,
    nextRunAt: true,
  }).nullable(),
  lastRun: RecentRun.nullable(),
  recentRuns: z.array(RecentRun),
});
export type PipelineOverview = z.infer<typeof PipelineOverview>;

/** A page of pipelines, latest change first. */
export const PipelineList = z.object({ data: z.array(PipelineOverview), pagination: Pagination });
export type PipelineList = z.infer<typeof PipelineList>;

/** Answer of deleting a pipeline: `POST …/{id}/undelete` takes it back. */
export const PipelineDeleted = z.object({ id: z.string(), deletedAt: z.string(), undelete: z.string() });
export type PipelineDeleted = z.infer<typeof PipelineDeleted>;
