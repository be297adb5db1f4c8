import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { type Db, getDb } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { lockFolder } from "#lib/folder-lock.ts";
import { log } from "#lib/log.ts";
import { startScheduler, workRuns } from "#lib/runs/index.ts";
import { expireQuarantine } from "./quarantine.ts";
import { runPipeline } from "./run-pipeline.ts";
import { closeWarehouses, scratchRoot } from "./warehouse.ts";

const SWEEP_MS = 3600_000;

/**
 * Starts taking runs from the queue, and the scheduler's tick, in this process. First the working files that dead
 * runs left are removed.
 * @returns how to stop: running work is let go, and begins again elsewhere.
 */
export async function startWorker(): Promise<{ stop: () => Promise<void> }> {
  const db = await getDb();
  const release = await sweepScratch();
  const stopRuns = await workRuns(runPipeline);
  const stopScheduler = await startScheduler();
  const sweep = setInterval(() => void expire(db), SWEEP_MS);
  sweep.unref();
  void expire(db);
  return {
    stop: async () => {
      clearInterval(sweep);
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
  } catch (error) {
    log.warn({ err: error }, "expired quarantine rows could not be deleted");
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
