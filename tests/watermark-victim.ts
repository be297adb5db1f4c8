import { setTimeout as delay } from "node:timers/promises";
import type { Ctx } from "#lib/context.ts";
import { closeDatabase, openDatabase } from "#lib/db.ts";
import { getRunProgress, publishVersion, requestRun } from "#lib/runs/index.ts";
import { connectWarehouse, startWorker } from "#lib/runtime/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { arm, type Stop, watchDrivers } from "./killing/gate.ts";

/** What the process is to do. `begin`: set up, run, and die at that moment of it. */
export type WatermarkOrder = {
  tenant: string;
  begin?: { fields: Record<string, string | number>; ir: Record<string, unknown>; stop: keyof typeof STOPS };
  /** Gives up the run that was left, so that the next one finds what it meant to read. */
  giveUp?: boolean;
  table: string;
};
/** How the runs went, oldest first, and how many rows the table then holds, all and different ones. */
export type WatermarkReport = { runs: { status: string; rowsOut: number }[]; rows: number; distinct: number };

const mark = { on: /^insert into \S*_penstock_loads/ };
const commit = { on: /^commit/, same: true } as const;
const STOPS = {
  "before the app writes down how far was read": { steps: [{ on: /^UPDATE \S*"Watermark"/ }], at: "before" },
  "while the load is committed": { steps: [mark, commit], at: "sent" },
  "when the load is committed": { steps: [mark, commit], at: "answered" },
} satisfies Record<string, Stop>;

watchDrivers();
process.once("message", (order) => void obey(order as WatermarkOrder));
process.send?.("ready");

async function obey({ tenant, begin, giveUp, table }: WatermarkOrder): Promise<void> {
  const { db } = await openDatabase();
  const ctx: Ctx = { tenant, actor: { id: "u", kind: "user" }, roles: ["ROLE_ADMIN"], requestId: "test", db };
  if (begin) {
    await createTenant(db, { id: tenant, name: tenant, flowIrEnabled: false });
    await createSource({ ctx, input: { connector: "postgres", name: "shop", fields: begin.fields } });
    await publishVersion({ ctx, input: { ir: begin.ir, origin: "created" } });
    arm(STOPS[begin.stop]);
  } else if (giveUp) {
    const now = new Date();
    await db.run.updateMany({
      where: { tenantId: tenant },
      data: { status: "cancelled", cancelRequestedAt: now, finishedAt: now },
    });
  }
  const { stop } = await startWorker();
  await allEnded(ctx);
  const { id: pipelineId } = await db.pipeline.findFirstOrThrow({ where: { tenantId: tenant } });
  await requestRun({ ctx, input: { pipelineId } });
  await allEnded(ctx);
  const found = await db.run.findMany({ where: { tenantId: tenant }, orderBy: { queuedAt: "asc" } });
  const runs = await Promise.all(found.map(({ id }) => getRunProgress({ ctx, input: { runId: id } })));
  const client = await connectWarehouse(tenant);
  const { rows } = await client.query<{ rows: number; distinct: number }>(
    `select count(*)::int as rows, count(distinct id)::int as distinct from ${table}`,
  );
  await client.end();
  const report = { runs: runs.map(({ status, rowsOut }) => ({ status, rowsOut })), ...rows[0] };
  await new Promise((sent) => process.send?.(report, sent));
  await stop();
  await closeDatabase();
  process.exit(0);
}

async function allEnded({ db, tenant }: Ctx): Promise<void> {
  const open = { tenantId: tenant, status: { in: ["queued", "running"] } };
  while ((await db.run.count({ where: open })) > 0) await delay(20);
}
