/** Why a run's signal was aborted: someone cancelled it, another worker has it, or this process is going down. */
export type StopReason = "cancelled" | "lost" | "stopping";

/** The reason that a run's signal carries. */
export class RunStopped extends Error {
  readonly why: StopReason;

  constructor(why: StopReason) {
    super(
      {
        cancelled: "The run was cancelled",
        lost: "The run went to another worker",
        stopping: "The worker is stopping",
      }[why],
    );
    this.name = "RunStopped";
    this.why = why;
  }
}

/** Why a signal was aborted, or undefined if it was not, or not by us. */
export function stopReason(signal: AbortSignal): StopReason | undefined {
  return signal.reason instanceof RunStopped ? signal.reason.why : undefined;
}
