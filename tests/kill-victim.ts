import { readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { verifyAuditLogs } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { closeDatabase, type Database, openDatabase } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { getRunProgress, publishVersion, requestRun } from "#lib/runs/index.ts";
import { connectWarehouse, openWarehouse, startWorker } from "#lib/runtime/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { arm, watchDrivers } from "./killing/gate.ts";
import { allCells, anytimeCells, type Cell } from "./killing/moments.ts";
import { documentOf, lookAt, type Query, seedOf } from "./killing/run-of-cell.ts";

/**
 * A worker for tests to kill. It first ends the run that the worker before it left and tells how that went; then it
 * asks for a run of its own, and dies in it at the moment it was given.
 */
export type Order = { tenant: string; folder: string; previous?: CellName; next?: CellName };
export type CellName = Pick<Cell, "destination" | "schema">;
/** What became of the run that the worker before left. */
export type Report = Awaited<ReturnType<typeof endPrevious>>;

/** More than any set has. */
const ANYTIME = 100;
const open = { status: { in: ["queued", "running"] } };

const cellOf = ({ destination, schema }: CellName): Cell => {
  const cells = [...allCells(destination), ...anytimeCells(destination, ANYTIME)];
  const found = cells.find((cell) => cell.schema === schema);
  if (!found) throw new Error(`There is no cell ${schema}`);
  return found;
};

watchDrivers();
process.once("message", (order) => void obey(order as Order));
process.send?.("ready");

async function obey({ tenant, folder, previous, next }: Order): Promise<void> {
  const database = await openDatabase();
  const { db } = database;
  const ctx: Ctx = {
    tenant,
    actor: { id: "u", kind: "user" },
    roles: ["ROLE_ADMIN"],
    requestId: "test",
    db,
  };
  let worker: Awaited<ReturnType<typeof startWorker>> | undefined;
  if (previous) {
    // What waits to be tried again need not wait for the clock.
    const waits = { tenantId: tenant, status: "queued", retryAt: { not: null } };
    await db.run.updateMany({ where: waits, data: { retryAt: new Date() } });
    worker = await startWorker();
    const report = await endPrevious(ctx, database, cellOf(previous));
    await new Promise((sent) => process.send?.(report, sent));
  } else if ((await db.tenant.count({ where: { id: tenant } })) === 0)
    await createTenant(db, { id: tenant, name: tenant, flowIrEnabled: false });
  // After a worker that failed its cell: what it left is nobody's.
  else await db.run.updateMany({ where: { tenantId: tenant, ...open }, data: { status: "cancelled" } });
  if (!next) {
    await worker?.stop();
    await closeDatabase();
    process.exit(0);
  }
  const cell = cellOf(next);
  await inWarehouse(tenant, (query) => query(seedOf(cell)));
  const { pipelineId } = await publishVersion({
    ctx,
    input: { ir: documentOf(cell, folder), origin: "created" },
  });
  const anytime = cell.moment.anytime === true;
  if (!anytime) arm(cell.moment.stop(cell));
  const { runId } = await requestRun({ ctx, input: { pipelineId } });
  if (anytime) arm(cell.moment.stop(cell));
  if (!worker) await startWorker();
  // Its time comes, whatever the run is at.
  if (anytime) return;
  await ended(ctx, runId);
  process.stderr.write(`Not killed: ${JSON.stringify(await getRunProgress({ ctx, input: { runId } }))}`);
  process.exit(1);
}

async function ended(ctx: Ctx, runId: string): Promise<void> {
  const of = { tenantId: ctx.tenant, id: runId, finishedAt: { not: null } };
  while ((await ctx.db.run.count({ where: of })) === 0) await delay(20);
}

async function endPrevious(ctx: Ctx, { db, pool }: Database, cell: Cell) {
  const of = { tenantId: ctx.tenant };
  const { id: runId } = await db.run.findFirstOrThrow({ where: of, orderBy: { queuedAt: "desc" } });
  await ended(ctx, runId);
  const job =
    "select state from pgboss.job where data->>'runId' = $1 and state not in ('completed', 'failed')";
  while ((await pool.query(job, [runId])).rows.length > 0) await delay(20);
  const { lost } = await db.run.findUniqueOrThrow({ where: { id: runId } });
  const { attempt, status, ledger, error, nodes, rowsRead, rowsOut, rowsRejected } = await getRunProgress({
    ctx,
    input: { runId },
  });
  return {
    run: { attempt, lost, status, ledger, error, rowsRead, rowsOut, rowsRejected },
    steps: nodes.map((node) => node.status),
    quarantined: await db.quarantineRow.count({ where: { tenantId: ctx.tenant, runId } }),
    ends: await db.auditLog.count({
      where: { tenantId: ctx.tenant, action: "run.finished", entityId: runId },
    }),
    auditIntact: (await verifyAuditLogs({ ctx })).intact,
    scratch: readdirSync(path.join(env().dataDir, "scratch")).filter((name) => name !== "warehouse-spill"),
    looks: await inWarehouse(ctx.tenant, (query) => lookAt(query, cell)),
  };
}

async function inWarehouse<T>(tenant: string, work: (query: Query) => Promise<T>): Promise<T> {
  if (env().embedded) {
    const session = await (await openWarehouse(tenant)).session();
    return work((sql) => session.rows(sql)).finally(() => session.close());
  }
  const client = await connectWarehouse(tenant);
  return work(async (sql) => (await client.query(sql)).rows).finally(() => client.end());
}
