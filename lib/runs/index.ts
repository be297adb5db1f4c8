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
export { finishRun } from "./finish-run.ts";
export { loadCatalogue } from "./load-catalogue.ts";
export { type PublishedVersion, type PublishVersionInput, publishVersion } from "./publish-version.ts";
export { appendLog, isCancelled, recordProgress } from "./record-progress.ts";
export { removePipeline, restorePipeline } from "./remove-pipeline.ts";
export { requestRun } from "./request-run.ts";
export { restoreVersion } from "./restore-version.ts";
export { retryRun } from "./retry-run.ts";
export { scheduleTick } from "./schedule-tick.ts";
export { startScheduler } from "./scheduler.ts";
export { type StopReason, stopReason } from "./stop-reason.ts";
export { workRuns } from "./work-runs.ts";
