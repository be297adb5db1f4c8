import { isDataError } from "#lib/connectors/index.ts";
import type { Db } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { appendLog, type FinalRun, finalRuns } from "#lib/runs/index.ts";
import { resolveStore } from "../resolve-source.ts";
import { type FilesEnd, type Settled, settleFiles } from "./settle-files.ts";
import { type TakenFile, TakenSource } from "./taken-file.ts";

const AGAIN_MS = 60_000;
const DAY_MS = 24 * 3600_000;

/** Runs whose files could not be put where they belong, and when that is tried again. */
export type Waiting = Map<string, number>;

/** Puts the files of a run where its end says they belong, if it has ended; what fails is tried again later. */
export async function settleRunFiles(db: Db, runId: string): Promise<void> {
  if ((await db.takenFile.count({ where: { runId, settledAt: null } })) === 0) return;
  for (const run of await finalRuns(db, [runId])) await settleRun(db, run).catch(() => undefined);
}

/**
 * Puts the files of all runs that have ended where they belong: those whose worker died about their end, that ended
 * while nobody worked on them, or whose files could not be moved. Any number of workers may do it at once.
 */
export async function settleEndedRuns(db: Db, waiting: Waiting, now = Date.now()): Promise<void> {
  const open = await db.$queryRaw<{ runId: string }[]>`
    select distinct "runId" from "TakenFile" where "settledAt" is null`;
  const due = open.map(({ runId }) => runId).filter((runId) => (waiting.get(runId) ?? 0) <= now);
  if (due.length === 0) return;
  for (const run of await finalRuns(db, due)) {
    try {
      await settleRun(db, run);
      waiting.delete(run.run.id);
    } catch (error) {
      // Told once: it is tried again for as long as it takes.
      if (!waiting.has(run.run.id)) await tellFailure(run, error);
      waiting.set(run.run.id, now + AGAIN_MS);
    }
  }
}

/** Forgets where the files of runs went that nobody has tried again for long. */
export async function forgetTakenFiles(db: Db, now = new Date()): Promise<void> {
  const before = new Date(now.getTime() - limits.takenFilesDays * DAY_MS);
  await db.takenFile.deleteMany({ where: { settledAt: { lt: before } } });
}

/** Cancelled before anything was loaded, it is as if nothing had been; in part, it is as if it had failed. */
function endOf({ status, loaded }: FinalRun): FilesEnd {
  if (status === "failed") return "failure";
  if (status !== "cancelled" || loaded === "all") return "success";
  return loaded === "some" ? "failure" : "back";
}

async function settleRun(db: Db, ended: FinalRun): Promise<void> {
  const { ctx, run } = ended;
  const found = await db.takenFile.findMany({
    where: { runId: run.id, tenantId: ctx.tenant, settledAt: null },
    orderBy: { path: "asc" },
  });
  const byNode = Map.groupBy(found, ({ nodeId }) => nodeId);
  for (const [nodeId, rows] of byNode) {
    const source = TakenSource.parse(rows[0]?.source);
    const store = await resolveStore(ctx, { nodeId, ...source });
    try {
      const settled = await settleFiles({ db, store, source }, rows as TakenFile[], endOf(ended));
      await appendLog(ended, linesOf(settled, nodeId));
    } finally {
      await store.close();
    }
  }
}

/** What a run's log says of its files. */
function linesOf({ moved, left }: Settled, nodeId: string) {
  const files = (count: number) => (count === 1 ? "1 file" : `${count} files`);
  const went = [...moved].map(([folder, count]) => ({
    level: "info" as const,
    nodeId,
    message: `${files(count)} moved to ${folder === "where it was found" && count > 1 ? "where they were found" : folder}`,
    data: { files: count, folder },
  }));
  const stayed = left.map(({ path, why }) => ({
    level: "warn" as const,
    nodeId,
    message: `"${path}" was left: ${why}`,
  }));
  return [...went, ...stayed];
}

async function tellFailure(ended: FinalRun, error: unknown): Promise<void> {
  const known = isDataError(error);
  log.warn({ err: error, runId: ended.run.id }, "files of a run could not be put where they belong");
  const message = `Its files are not where they belong yet: ${known ? messageOf(error) : "something went wrong on our side"}. It is tried again every minute`;
  await appendLog(ended, { level: "warn", message, data: known ? { code: error.code } : {} });
}
