import "./ingest/environment.ts";
import { randomUUID } from "node:crypto";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Ctx } from "#lib/context.ts";
import { connectServer, type Database, openEmbedded } from "#lib/db.ts";
import { migrate } from "#lib/migrate.ts";
import { publishVersion, startScheduler, workRuns } from "#lib/runs/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { ordersIr } from "#tests/pipeline-documents.ts";
import { startPostgres } from "#tests/services.ts";
import { FOLDER } from "./ingest/environment.ts";
import { figuresOf } from "./measure.ts";
import type { BenchResult } from "./report.ts";

const PIPELINES = 1_000;
const ROUNDS = 3;
/** From setting the time until it comes. */
const AHEAD_MS = 3_000;
/** How often is looked which runs can be seen. */
const LOOK_MS = 50;

/** A thousand schedules due in one moment, on one worker: how late each run can be seen in the queue, and begins. */
export default async function scheduler(): Promise<BenchResult> {
  const rows: (string | number)[][] = [];
  const postgres = await startPostgres({ durable: true });
  try {
    await postgres.createDatabase("bench");
    await rounds("PostgreSQL", connectServer(postgres.databaseUrl("bench")), rows);
    await rounds("embedded", await openEmbedded(path.join(FOLDER, "bench")), rows);
  } finally {
    await postgres.stop();
  }
  return {
    about: `${PIPELINES} pipelines with a schedule, all due in the same moment, on one worker and one tenant (PostgreSQL with fsync on, and the embedded engine; runs that do nothing, so that only our own work is measured): seconds from the due time until a run is committed and others see it in the queue, and until it begins. The runs share the worker's two places, so the last begins when all others have ended.`,
    columns: ["engine", "round", "queued p50", "p99", "max", "begun p50", "p99", "max", "runs/s"],
    rows,
  };
}

async function rounds(engine: string, database: Database, rows: (string | number)[][]): Promise<void> {
  await migrate(database.pool, path.resolve("prisma/migrations"));
  const ids = await publish(database);
  const stops = [
    await workRuns(async () => ({ status: "completed" }), { database }),
    await startScheduler({ database }),
  ];
  for (let round = 1; round <= ROUNDS; round++)
    rows.push([engine, round, ...(await measure(database, ids.length))]);
  for (const stop of stops) await stop();
  await database.close();
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

/** @returns seconds: queued p50, p99, max, begun p50, p99, max; then runs that began in a second */
async function measure({ pool, db }: Database, count: number): Promise<number[]> {
  const due = new Date(Date.now() + AHEAD_MS);
  await pool.query(`update "Schedule" set "nextRunAt" = $1`, [due]);
  const lag = (time: number) => (time - due.getTime()) / 1000;
  const seen: number[] = [];
  while (seen.length < count) {
    await delay(LOOK_MS);
    const now = Date.now();
    const visible = await db.run.count({ where: { scheduledFor: due } });
    while (seen.length < visible) seen.push(lag(now));
  }
  const where = { scheduledFor: due, startedAt: { not: null } };
  while ((await db.run.count({ where })) < count) await delay(500);
  const runs = await db.run.findMany({ where });
  const queued = figuresOf(seen);
  const begun = figuresOf(runs.map((run) => lag(run.startedAt?.getTime() ?? Number.NaN)));
  const figures = [queued.median, queued.p99, queued.max, begun.median, begun.p99, begun.max];
  return [...figures, Math.round(count / begun.max)];
}
