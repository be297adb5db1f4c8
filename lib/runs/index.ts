export { advanceBackfills } from "./advance-backfills.ts";
export type { ArrivedFiles } from "./arrivals.ts";
export { cancelBackfill } from "./cancel-backfill.ts";
export { cancelRun } from "./cancel-run.ts";
export { claimRun } from "./claim-run.ts";
export type {
  ClaimedRun,
  LogEntry,
  NodeProgress,
  ProgressUpdate,
  RunHandler,
  RunJob,
  RunOutcome,
} from "./claimed-run.ts";
export { createPipeline, toSavedVersion } from "./create-pipeline.ts";
export { type FinalRun, finalRuns } from "./final-runs.ts";
export { finishRun } from "./finish-run.ts";
export { getBackfill, listBackfills } from "./get-backfill.ts";
export { getLineage, getTableLineage } from "./get-lineage.ts";
export { getRunLog } from "./get-run-log.ts";
export { getRunProgress } from "./get-run-progress.ts";
export { getSchedule } from "./get-schedule.ts";
export { importPipeline } from "./import-pipeline.ts";
export { lastColumns } from "./last-columns.ts";
export { type LeftOutTime, leftOutTimes } from "./left-out-times.ts";
export { listDailyRows } from "./list-daily-rows.ts";
export { getPipelineOverview, listPipelineOverviews } from "./list-pipeline-overviews.ts";
export { listRuns } from "./list-runs.ts";
export { loadCatalogue } from "./load-catalogue.ts";
export { type LaterLoad, listLaterLoads, listRunStates, lockFailed, requireRun } from "./look-at-runs.ts";
export type { LookForFiles } from "./look-for-files.ts";
export { lookTick } from "./looks.ts";
export { type PublishedVersion, type PublishVersionInput, publishVersion } from "./publish-version.ts";
export { putOffRun } from "./put-off-run.ts";
export { readIdempotencyKey } from "./read-idempotency-key.ts";
export { readPipelineFile } from "./read-pipeline-file.ts";
export { appendLog, isCancelled, recordProgress } from "./record-progress.ts";
export { removePipeline, restorePipeline } from "./remove-pipeline.ts";
export { removeSource } from "./remove-source.ts";
export { repeat } from "./repeat.ts";
export { requestBackfill } from "./request-backfill.ts";
export { loadReplayable, type ReplayableRun, requestReplay } from "./request-replay.ts";
export { requestRun } from "./request-run.ts";
export { restoreVersion } from "./restore-version.ts";
export { retryRun } from "./retry-run.ts";
export { loadRunLineage, type RunLineage } from "./run-lineage.ts";
export { saveIr } from "./save-ir.ts";
export { scheduleTick } from "./schedule-tick.ts";
export { startScheduler } from "./scheduler.ts";
export { setScheduleEnabled } from "./set-schedule-enabled.ts";
export { sourceUses } from "./source-uses.ts";
export { type StartedRun, startedRuns } from "./started-runs.ts";
export { type StopReason, stopReason } from "./stop-reason.ts";
export { markFailuresLogged, takeUnloggedFailures, type UnloggedFailure } from "./unlogged-failures.ts";
export { type EndedRun, noteEndedRuns } from "./unnoted-runs.ts";
export { validateIr } from "./validate-ir.ts";
export { watchRun } from "./watch-run.ts";
export { workRuns } from "./work-runs.ts";
