import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { type Db, getDb } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { lockFolder } from "#lib/folder-lock.ts";
import { log } from "#lib/log.ts";
import { repeat, startScheduler, workRuns } from "#lib/runs/index.ts";
import { lookForFiles } from "./arrived-files.ts";
import { sweepFeeds } from "./changes/sweep-feeds.ts";
import { forgetTakenFiles, settleEndedRuns } from "./files/settle-ended-runs.ts";
import { expireQuarantine } from "./quarantine.ts";
import { runPipeline } from "./run-pipeline.ts";
import { closeWarehouses, scratchRoot } from "./warehouse.ts";

const SWEEP_MS = 3600_000;
/** How long the files of a run that failed or was cancelled may lie where they were read. */
const SETTLE_MS = 1_000;
/** How long what a source keeps for a mirror may be kept for nobody. */
const FEEDS_MS = 30_000;

/**
 * Starts taking runs from the queue, and the scheduler's tick, in this process. First the working files that dead
 * runs left are removed.
 * @returns how to stop: running work is let go, and begins again elsewhere.
 */
export async function startWorker(): Promise<{ stop: () => Promise<void> }> {
  const db = await getDb();
  const release = await sweepScratch();
  const stopRuns = await workRuns(runPipeline);
  const stopScheduler = await startScheduler({ look: lookForFiles });
  const sweep = setInterval(() => void expire(db), SWEEP_MS);
  sweep.unref();
  void expire(db);
  const waiting = new Map<string, number>();
  const settling = repeat("settle files", SETTLE_MS, () => settleEndedRuns(db, waiting));
  const ending = new AbortController();
  const feeds = repeat("give feeds back", FEEDS_MS, () => sweepFeeds(db, { signal: ending.signal }));
  return {
    stop: async () => {
      clearInterval(sweep);
      ending.abort();
      await feeds.stop();
      await settling.stop();
      await stopScheduler();
      await stopRuns();
      await closeWarehouses();
      await release();
    },
  };
}

async function expire(db: Db): Promise<void> {
  try {
    await expireQuarantine(db);
    await forgetTakenFiles(db);
  } catch (error) {
    log.warn({ err: error }, "what has expired could not be deleted");
  }
}

/** Removes what runs of dead workers left. Where another worker shares the folder, it is left alone. */
async function sweepScratch(): Promise<() => Promise<void>> {
  const root = scratchRoot();
  mkdirSync(root, { recursive: true, mode: 0o700 });
  let release: () => Promise<void>;
  try {
    release = await lockFolder(path.join(env().dataDir, "worker"));
  } catch {
    return async () => undefined;
  }
  for (const name of readdirSync(root)) rmSync(path.join(root, name), { recursive: true, force: true });
  return release;
}
