import { PgBoss } from "pg-boss";
import type { Database } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import type { RunJob } from "./claimed-run.ts";

/** The one queue. Its jobs carry {@link RunJob} and nothing else. */
export const QUEUE = "runs";

/**
 * Opens pg-boss on our own pool, on either engine. Through the pool, not beside it: on the embedded engine a statement
 * next to an open transaction would become part of it.
 */
export async function openQueue(database: Database): Promise<PgBoss> {
  const embedded = database.lite !== undefined;
  const boss = new PgBoss({
    db: { executeSql: (text, values) => execute(database, text, values) },
    backend: embedded ? "pglite" : "postgres",
    schedule: false,
    // One process owns an embedded database, so that nobody else's heartbeat needs watching.
    superviseIntervalSeconds: embedded ? 30 : 1,
    monitorIntervalSeconds: embedded ? 30 : 1,
  });
  boss.on("error", (error) => log.error({ err: error }, "the run queue met an error"));
  boss.on("warning", (warning) => log.warn({ warning }, "the run queue warns"));
  await boss.start();
  await boss.createQueue(QUEUE, {
    // A pipeline's jobs go one at a time, in order, on any number of workers.
    policy: "key_strict_fifo",
    heartbeatSeconds: limits.heartbeatMs / 1000,
    expireInSeconds: limits.runSeconds,
    // Only for workers that died; failed runs have attempts of their own, and claimRun counts the deaths.
    retryLimit: 1_000_000,
    retryDelay: 0,
    deleteAfterSeconds: 3600,
  });
  return boss;
}

async function execute(database: Database, text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
  const client = await database.pool.connect();
  try {
    return await client.query(text, values);
  } catch (error) {
    // A failed multi-statement text leaves its transaction open on the connection.
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/**
 * Gives back the jobs that a process before this one left behind. Only for the embedded engine, where a process that
 * holds the folder's lock knows that no other is at work.
 */
export async function releaseOrphans(boss: PgBoss): Promise<void> {
  const active = (await boss.findJobs<RunJob>(QUEUE)).filter((job) => job.state === "active");
  if (active.length > 0)
    await boss.fail(
      QUEUE,
      active.map((job) => job.id),
      { message: "the worker ended" },
    );
}

/**
 * Takes the jobs of silent workers from them, before `limits.heartbeatMs` have passed: pg-boss hands each to another
 * worker at once, and the attempt's number shuts the silent one out should it wake up. A job that was only just taken
 * is left alone: its worker has not claimed the run yet, and the heartbeat is the last one's. (pg-boss's own heartbeat,
 * which cannot be shorter than 10 s, remains for a worker that died between taking a job and claiming its run.)
 */
export async function takeFromSilent(database: Database, boss: PgBoss): Promise<number> {
  // Its beat is set back, and pg-boss looks again: whether it is still that job, it asks in the statement that takes it.
  const { rowCount } = await database.pool.query(
    `update pgboss.job j set heartbeat_on = to_timestamp(0) from "Run" r
     where j.name = '${QUEUE}' and j.state = 'active' and j.data->>'runId' = r."id"
       and r."status" = 'running' and r."heartbeatAt" < now() - make_interval(secs => $1)
       and j.started_on < now() - make_interval(secs => $1)`,
    [(0.75 * limits.heartbeatMs) / 1000],
  );
  if (rowCount) await boss.supervise(QUEUE);
  return rowCount ?? 0;
}

/**
 * Queues again what runs by its row while no job stands behind it, which should never be (the queue's table was
 * emptied by hand). Counts as a lost worker.
 */
export async function recoverLost(database: Database): Promise<number> {
  const { rowCount } = await database.pool.query(
    `update "Run" r set "status" = 'queued', "lost" = "lost" + 1, "retryAt" = now()
     where r."status" = 'running' and r."heartbeatAt" < now() - make_interval(secs => $1)
       and not exists (select 1 from pgboss.job j where j.name = '${QUEUE}'
         and j.state in ('created', 'retry', 'active') and j.data->>'runId' = r."id")`,
    [(3 * limits.heartbeatMs) / 1000],
  );
  return rowCount ?? 0;
}
