export type {
  ClaimedRun,
  LogEntry,
  NodeProgress,
  ProgressUpdate,
  RunHandler,
  RunJob,
  RunOutcome,
} from "./claimed-run.ts";
