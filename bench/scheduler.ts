import "./ingest/environment.ts";
import { randomUUID } from "node:crypto";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Ctx } from "#lib/context.ts";
import { connectServer, type Database } from "#lib/db.ts";
import { migrate } from "#lib/migrate.ts";
import { publishVersion, startScheduler, workRuns } from "#lib/runs/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { ordersIr } from "#tests/pipeline-documents.ts";
import { startPostgres } from "#tests/services.ts";
import { figuresOf } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const PIPELINES = 1_000;
const ROUNDS = 3;
/** From setting the time until it comes. */
const AHEAD_MS = 3_000;

/** A thousand schedules due in one moment, on one worker: how late each run is queued, and begins. */
export default async function scheduler(): Promise<BenchResult> {
  const postgres = await startPostgres({ durable: true });
  try {
    await postgres.createDatabase("bench");
    const database = connectServer(postgres.databaseUrl("bench"));
    await migrate(database.pool, path.resolve("prisma/migrations"));
    const ids = await publish(database);
    const stops = [
      await workRuns(async () => ({ status: "completed" }), { database }),
      await startScheduler({ database }),
    ];
    const rows: (string | number)[][] = [];
    for (let round = 1; round <= ROUNDS; round++) rows.push([round, ...(await measure(database, ids))]);
    for (const stop of stops) await stop();
    await database.close();
    return {
      about: `${PIPELINES} pipelines with a schedule, all due in the same moment, on one worker and one tenant (PostgreSQL, fsync on; runs that do nothing, so that only our own work is measured): seconds from the due time until a run is queued, and until it begins.`,
      columns: ["round", "queued p50", "p99", "max", "begun p50", "p99", "max"],
      rows,
    };
  } finally {
    await postgres.stop();
  }
}

async function publish({ db }: Database): Promise<string[]> {
  const { id: tenant } = await createTenant(db, { id: `t_${randomUUID().slice(0, 8)}`, name: "Bench" });
  const ctx: Ctx = {
    tenant,
    actor: { id: "bench", kind: "user" },
    roles: ["ROLE_ADMIN"],
    requestId: "bench",
    db,
  };
  const schedule = { kind: "cron", expression: "0 6 * * *", timezone: "Europe/Berlin" };
  const ids: string[] = [];
  for (let at = 0; at < PIPELINES; at++) {
    const ir = ordersIr(`p${at}`, { schedule });
    ids.push((await publishVersion({ ctx, input: { ir, origin: "created" } })).pipelineId);
  }
  return ids;
}

/** @returns seconds: queued p50, p99, max, begun p50, p99, max */
async function measure({ pool, db }: Database, ids: string[]): Promise<number[]> {
  const due = new Date(Date.now() + AHEAD_MS);
  await pool.query(`update "Schedule" set "nextRunAt" = $1`, [due]);
  const where = { scheduledFor: due, startedAt: { not: null } };
  while ((await db.run.count({ where })) < ids.length) await delay(500);
  const runs = await db.run.findMany({ where });
  const lag = (times: (Date | null)[]) =>
    figuresOf(times.map((time) => ((time?.getTime() ?? Number.NaN) - due.getTime()) / 1000));
  const [queued, begun] = [lag(runs.map((run) => run.queuedAt)), lag(runs.map((run) => run.startedAt))];
  return [queued.median, queued.p99, queued.max, begun.median, begun.p99, begun.max];
}
