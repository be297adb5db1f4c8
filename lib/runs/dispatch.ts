import type { PoolClient } from "pg";
import type { PgBoss } from "pg-boss";
import type { Database } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { loadRunsAtOnce } from "#lib/settings/index.ts";
import type { RunJob } from "./claimed-run.ts";
import type { FairTurns } from "./fair-turns.ts";
import { QUEUE } from "./queue.ts";

/** Any number; the same on all workers. */
const LOCK = 7_310_544;

type Dispatched = { made: number; full: boolean };

const NOTHING: Dispatched = { made: 0, full: false };

type UnderWay = { tenantId: string; pipelineId: string; begun: boolean };
type Waiting = { runId: string; tenantId: string; pipelineId: string; jobId: string };

const DUE = `r."status" = 'queued' and (r."retryAt" is null or r."retryAt" <= now())`;

const JOBS = `select j.data->>'runId' from pgboss.job j
  where j.name = '${QUEUE}' and j.policy = 'key_strict_fifo' and`;

/** Runs that are under way, and those that have a job and have not begun. Each state of a job by its own index. */
const UNDER_WAY = `
  select "tenantId", "pipelineId", true as "begun" from "Run" where "status" = 'running'
  union all
  select "tenantId", "pipelineId", false from "Run" where "status" = 'queued' and "id" in (
    ${JOBS} j.state < 'active' and not j.blocked union ${JOBS} j.state in ('active', 'retry'))`;

/** The first due run of each pipeline that has none under way, at most $2 of a tenant. */
const WAITING = `
  select "runId", "tenantId", "pipelineId", "jobId" from (
    select *, row_number() over (partition by "tenantId" order by "queuedAt", "scheduledFor", "runId") as place from (
      select distinct on (r."pipelineId") r."id" as "runId", r."tenantId", r."pipelineId", r."queuedAt", r."scheduledFor",
        md5(r."id" || ':' || r."attempt" || ':' || coalesce((extract(epoch from r."retryAt") * 1000)::bigint, 0))::uuid
          as "jobId"
      from "Run" r where ${DUE} and r."pipelineId" <> all ($1)
      order by r."pipelineId", r."queuedAt", r."scheduledFor", r."id"
    ) first
  ) placed where place <= $2 order by place, "queuedAt", "scheduledFor", "runId"`;

/**
 * Makes jobs of the runs whose turn it is, no more of them than workers will soon have hands for: what waits longer
 * waits in its row, where a later turn can still go to another tenant. Of one tenant no more are under way than it
 * may have at once. A job's id follows from the run's state and one dispatcher works at a time, so that any number of
 * them make one job of a run; a crash between a request and its job loses nothing.
 * @param ahead how many jobs may wait for a worker.
 * @returns how many jobs were made, and whether there was room for no more.
 */
export async function dispatch(
  { db, pool }: Database,
  boss: PgBoss,
  { turns, ahead }: { turns: FairTurns; ahead: number },
): Promise<Dispatched> {
  const { rowCount } = await pool.query(`select 1 from "Run" r where ${DUE} limit 1`);
  if (rowCount === 0) return NOTHING;
  const most = await loadRunsAtOnce(db);
  const client = await pool.connect();
  try {
    await client.query(`begin; select pg_advisory_xact_lock(${LOCK})`);
    const made = await makeJobs(client, boss, { turns, ahead, most });
    await client.query("commit");
    return made;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function makeJobs(
  client: PoolClient,
  boss: PgBoss,
  { turns, ahead, most }: { turns: FairTurns; ahead: number; most: ReadonlyMap<string, number> },
): Promise<Dispatched> {
  const { rows: busy } = await client.query<UnderWay>(UNDER_WAY);
  const room = ahead - busy.filter(({ begun }) => !begun).length;
  if (room <= 0) return { made: 0, full: true };
  const { rows: waiting } = await client.query<Waiting>(WAITING, [
    busy.map(({ pipelineId }) => pipelineId),
    ahead,
  ]);
  const underWay = new Map<string, number>();
  for (const { tenantId } of busy) underWay.set(tenantId, (underWay.get(tenantId) ?? 0) + 1);
  const load = { underWay, most: (tenant: string) => most.get(tenant) ?? limits.runsAtOnce };
  const byId = new Map(waiting.map((run) => [run.runId, run]));
  const jobs = turns.choose(waiting, load, room).flatMap((runId) => {
    const run = byId.get(runId);
    if (!run) return [];
    const data: RunJob = { tenantId: run.tenantId, runId };
    return [{ id: run.jobId, data, singletonKey: run.pipelineId }];
  });
  if (jobs.length === 0) return NOTHING;
  const executeSql = (text: string, values?: unknown[]) => client.query(text, values);
  await boss.insert(QUEUE, jobs, { db: { executeSql } });
  return { made: jobs.length, full: jobs.length >= room };
}
