import { setTimeout as delay } from "node:timers/promises";
import type { Ctx } from "#lib/context.ts";
import { closeDatabase, openDatabase } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { getRunProgress, publishVersion, requestRun } from "#lib/runs/index.ts";
import { connectWarehouse, openWarehouse, startWorker } from "#lib/runtime/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { arm, watchDrivers } from "./killing/gate.ts";
import { MIRROR_STOPS, type MirrorMoment } from "./killing/mirror-moments.ts";
import type { MirrorSource } from "./mirrors/source.ts";

/**
 * What the process is to do with a pipeline that mirrors `table` into `shop.t`, which it makes where it is not there:
 * run it again and again until it dies, at that moment or when it is killed; or, asked to `end`, a last time.
 */
export type MirrorOrder = {
  tenant: string;
  connector: MirrorSource["connector"];
  fields: MirrorSource["fields"];
  table: string;
  end?: { look: string };
  moment?: MirrorMoment;
};
/** Every run in turn, and what the query of the end found. */
export type MirrorReport = {
  runs: { status: string; error: string | null; balanced: boolean }[];
  feeds: number;
  rows: Record<string, unknown>[];
};

watchDrivers();
process.once("message", (order) => void obey(order as MirrorOrder));
process.send?.("ready");

async function obey({ tenant, connector, fields, table, end, moment }: MirrorOrder): Promise<void> {
  const { db } = await openDatabase();
  const ctx: Ctx = { tenant, actor: { id: "u", kind: "user" }, roles: ["ROLE_ADMIN"], requestId: "test", db };
  if ((await db.tenant.count({ where: { id: tenant } })) === 0) {
    await createTenant(db, { id: tenant, name: tenant, flowIrEnabled: false });
    await createSource({ ctx, input: { connector, name: "shop", fields } });
    const source = { id: "src", kind: "source", connector, sourceRef: "shop" };
    const ir = {
      ...{ kind: "pipeline", version: "1.0", id: "p", metadata: { name: "P" } },
      nodes: [
        { ...source, config: { stream: table, syncMode: "full_refresh" } },
        { id: "out", kind: "target", input: "src", schema: "shop.t", loadMode: "cdc_mirror" },
      ],
    };
    await publishVersion({ ctx, input: { ir, origin: "created" } });
  }
  const { id: pipelineId } = await db.pipeline.findFirstOrThrow({ where: { tenantId: tenant } });
  if (moment) arm(MIRROR_STOPS[moment]);
  // What waits to be tried again need not wait for the clock.
  await db.run.updateMany({
    where: { status: "queued", retryAt: { not: null } },
    data: { retryAt: new Date() },
  });
  const { stop } = await startWorker();
  process.send?.("runs");
  do {
    await allEnded(ctx);
    await requestRun({ ctx, input: { pipelineId } });
    await allEnded(ctx);
  } while (!end);
  const found = await db.run.findMany({ where: { tenantId: tenant }, orderBy: { queuedAt: "asc" } });
  const runs = await Promise.all(
    found.map(async ({ id }) => {
      const { status, error, ledger } = await getRunProgress({ ctx, input: { runId: id } });
      return { status, error: error?.code ?? null, balanced: ledger?.balanced ?? false };
    }),
  );
  const report: MirrorReport = {
    runs,
    feeds: await db.changeFeed.count(),
    rows: await look(tenant, end.look),
  };
  await new Promise((sent) => process.send?.(report, sent));
  await stop();
  await closeDatabase();
  process.exit(0);
}

async function look(tenant: string, sql: string): Promise<Record<string, unknown>[]> {
  if (env().embedded) {
    const session = await (await openWarehouse(tenant)).session();
    return session.rows(sql).finally(() => session.close());
  }
  const client = await connectWarehouse(tenant);
  return client
    .query(sql)
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

async function allEnded({ db, tenant }: Ctx): Promise<void> {
  const open = { tenantId: tenant, status: { in: ["queued", "running"] } };
  while ((await db.run.count({ where: open })) > 0) await delay(20);
}
