import { setTimeout as delay, setImmediate as yieldTurn } from "node:timers/promises";
import { type Database, openDatabase } from "#lib/db.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { listen } from "#lib/listen.ts";
import { log } from "#lib/log.ts";
import { claimRun } from "./claim-run.ts";
import type { ClaimedRun, RunHandler, RunJob, RunOutcome } from "./claimed-run.ts";
import { dispatch } from "./dispatch.ts";
import { FairTurns } from "./fair-turns.ts";
import { finishRun, releaseRun } from "./finish-run.ts";
import { openQueue, QUEUE, recoverLost, releaseOrphans, takeFromSilent } from "./queue.ts";
import { readClaim, recordProgress } from "./record-progress.ts";
import { repeat } from "./repeat.ts";
import { RunStopped, stopReason } from "./stop-reason.ts";
import { RUNS_CHANNEL, wakeWorkers } from "./wake.ts";

const DISPATCH_MS = 500;
const WATCH_MS = 500;
const RECOVER_MS = 1_000;
// Nobody else works on an embedded database, and what a process before this one left is released at the start.
const RECOVER_EMBEDDED_MS = 30_000;
const BEAT_MS = 2_000;

/** Jobs that wait for a worker, for each run that it executes at once: enough that none of its hands is ever idle. */
const JOBS_AHEAD = 3;

/** How a worker is set up; the defaults are for production. */
export type WorkOptions = { database?: Database; concurrency?: number };

/**
 * Takes runs from the queue and has `handler` execute them, until stopped: several at a time, of one pipeline never
 * more than one on all workers together. A run starts at once when a worker is free, whichever process it was asked
 * for in. The handler's outcome is written here; what it throws is a failure with code `internal`.
 * @returns how to stop: running handlers are aborted with reason "stopping", and their runs begin again elsewhere.
 */
export async function workRuns(
  handler: RunHandler,
  { database: given, concurrency = limits.runsPerWorker }: WorkOptions = {},
): Promise<() => Promise<void>> {
  const database = given ?? (await openDatabase());
  const boss = await openQueue(database);
  if (database.lite) await releaseOrphans(boss);
  const active = new Map<AbortController, Promise<void>>();
  let stopping = false;
  /** Runs that may end before jobs run short. */
  let spare = 0;
  const execute = async ([job]: { data: RunJob }[]) => {
    if (!job || stopping) throw new RunStopped("stopping");
    const controller = new AbortController();
    const work = executeJob(job.data, database, controller, handler);
    active.set(controller, work);
    await work.finally(() => {
      active.delete(controller);
      // Another run can begin now, be it the pipeline's next or one that its tenant's limit kept back; where jobs wait
      // already, a few are taken before more are made.
      if (spare > 0) spare -= 1;
      else dispatching.wake();
      wakeFetchers();
    });
  };
  const wakeFetchers = () => {
    for (const { id } of boss.getWipData()) boss.notifyWorker(id);
  };
  const recoverMs = database.lite ? RECOVER_EMBEDDED_MS : RECOVER_MS;
  const pollingIntervalSeconds = database.lite ? 2 : 0.5;
  const polling = { localConcurrency: concurrency, pollingIntervalSeconds, heartbeatRefreshSeconds: 4 };
  await boss.work<RunJob>(QUEUE, polling, execute);
  const turns = new FairTurns();
  const ahead = JOBS_AHEAD * concurrency;
  const dispatching = repeat("dispatch runs", DISPATCH_MS, async () => {
    const { made, full } = await dispatch(database, boss, { turns, ahead });
    spare = full ? Math.floor(ahead / 2) : 0;
    if (made > 0) wakeFetchers();
  });
  const stopListening = database.lite
    ? () => undefined
    : listen(database.pool.options.connectionString ?? "", RUNS_CHANNEL, () => {
        dispatching.wake();
        wakeFetchers();
      });
  const recovering = repeat("recover lost runs", recoverMs, async () => {
    await recoverLost(database);
    if ((await takeFromSilent(database, boss)) > 0) wakeFetchers();
  });
  return async () => {
    stopping = true;
    stopListening();
    await Promise.all([dispatching.stop(), recovering.stop()]);
    for (const controller of active.keys()) controller.abort(new RunStopped("stopping"));
    const settled = Promise.allSettled(active.values());
    await Promise.race([settled, delay(limits.workerStopMs, undefined, { ref: false })]);
    await boss.stop({ graceful: true, timeout: 1000, close: false });
  };
}

async function executeJob(
  job: RunJob,
  { db }: Database,
  controller: AbortController,
  handler: RunHandler,
): Promise<void> {
  // Where everything is answered in this process, one run would follow the other without a pause for anybody else.
  await yieldTurn();
  const claimed = await claimRun(job, { db, signal: controller.signal });
  if (!claimed) return;
  const watching = watchClaim(claimed, controller);
  let outcome: RunOutcome | undefined;
  try {
    outcome = await handler(claimed);
  } catch (error) {
    outcome = failureOf(error);
    if (!controller.signal.aborted) log.error({ err: error, runId: job.runId }, "a run failed");
  } finally {
    await watching.stop();
  }
  if (!outcome) return;
  const ended = outcome;
  await untilWritten(() => settle(claimed, ended));
  await ended.afterwards?.();
  // The backfill's next run is made when this one has ended.
  if (claimed.run.trigger === "backfill") wakeWorkers();
}

/** Writes the outcome, seen in the light of why the work was stopped, if it was. */
async function settle(claimed: ClaimedRun, outcome: RunOutcome): Promise<void> {
  const why = stopReason(claimed.signal);
  const unfinished = outcome.status === "failed" || outcome.status === "cancelled";
  if (why === "stopping" && unfinished) return releaseRun(claimed);
  const stopped = why === "cancelled" && unfinished;
  await finishRun(claimed, stopped ? { ...outcome, status: "cancelled", error: undefined } : outcome);
}

function failureOf(error: unknown): RunOutcome {
  const code = isAppError(error) ? error.code : "internal";
  return { status: "failed", error: { code, message: messageOf(error) } };
}

/** Aborts the work within a second of a cancel request, or of another worker having taken over; keeps the heartbeat. */
function watchClaim(claimed: ClaimedRun, controller: AbortController): ReturnType<typeof repeat> {
  let beatAt = Date.now();
  return repeat("watch run", WATCH_MS, async () => {
    const state = await readClaim(claimed);
    if (state !== "held") controller.abort(new RunStopped(state));
    else if (Date.now() - beatAt >= BEAT_MS) {
      beatAt = Date.now();
      await recordProgress(claimed, {});
    }
  });
}

/** The end of a run must be written even if the database is away for a moment; in the end the queue's retry helps. */
async function untilWritten(write: () => Promise<void>): Promise<void> {
  for (let wait = 200; ; wait *= 2) {
    try {
      return await write();
    } catch (error) {
      if (wait > 20_000) throw error;
      log.warn({ err: error }, "the end of a run could not be written yet");
      await delay(wait);
    }
  }
}
