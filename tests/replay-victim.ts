import { setTimeout as delay } from "node:timers/promises";
import type { Ctx } from "#lib/context.ts";
import { closeDatabase, openDatabase } from "#lib/db.ts";
import { getRunProgress, publishVersion, requestRun } from "#lib/runs/index.ts";
import {
  editQuarantineRow,
  listQuarantine,
  readTable,
  replayQuarantine,
  startWorker,
} from "#lib/runtime/index.ts";
import { createTenant } from "#lib/settings/index.ts";
import { arm, watchDrivers } from "./killing/gate.ts";
import { REPLAY_STOPS, type ReplayStop } from "./killing/replay-stops.ts";

/** What the process is to do. `begin`: set up, run, mend, replay, and die at that moment of the replay. */
export type ReplayOrder = {
  tenant: string;
  table: string;
  begin?: { ir: Record<string, unknown>; mended: Record<string, string>; stop: ReplayStop };
};
/** How it ended: the runs oldest first, the table's ids, the rows' states by number. */
export type ReplayReport = {
  runs: {
    status: string;
    attempt: number;
    rowsRead: number;
    rowsOut: number;
    rowsRejected: number;
    balanced?: boolean;
  }[];
  ids: string[];
  states: Record<string, string>;
};

watchDrivers();
process.once("message", (order) => void obey(order as ReplayOrder));
process.send?.("ready");

async function obey({ tenant, table, begin }: ReplayOrder): Promise<void> {
  const { db } = await openDatabase();
  const ctx: Ctx = { tenant, actor: { id: "u", kind: "user" }, roles: ["ROLE_ADMIN"], requestId: "test", db };
  if (begin) {
    await createTenant(db, { id: tenant, name: tenant, flowIrEnabled: false });
    const { pipelineId } = await publishVersion({ ctx, input: { ir: begin.ir, origin: "created" } });
    const { runId } = await requestRun({ ctx, input: { pipelineId } });
    const worker = await startWorker();
    await allEnded(ctx);
    for (const { id, rowNumber } of (await listQuarantine({ ctx, input: { runId } })).data) {
      const email = begin.mended[String(rowNumber)];
      if (email) await editQuarantineRow({ ctx, input: { runId, rowId: id, row: { email } } });
    }
    arm(REPLAY_STOPS[begin.stop]);
    await replayQuarantine({ ctx, input: { runId } });
    await allEnded(ctx);
    await worker.stop();
    throw new Error("Not killed");
  }
  const { stop } = await startWorker();
  await allEnded(ctx);
  const found = await db.run.findMany({ where: { tenantId: tenant }, orderBy: { queuedAt: "asc" } });
  const runs = await Promise.all(found.map(({ id }) => getRunProgress({ ctx, input: { runId: id } })));
  const rejected = await listQuarantine({ ctx, input: { runId: found[0]?.id ?? "" } });
  const { rows } = await readTable({ ctx, input: { table, limit: 500 } });
  const report: ReplayReport = {
    runs: runs.map(({ status, attempt, rowsRead, rowsOut, rowsRejected, ledger }) => ({
      ...{ status, attempt, rowsRead, rowsOut, rowsRejected },
      balanced: ledger?.balanced,
    })),
    ids: rows.map(({ id }) => String(id)).toSorted(),
    states: Object.fromEntries(rejected.data.map(({ rowNumber, state }) => [String(rowNumber), state])),
  };
  await new Promise((sent) => process.send?.(report, sent));
  await stop();
  await closeDatabase();
  process.exit(0);
}

async function allEnded({ db, tenant }: Ctx): Promise<void> {
  const open = { tenantId: tenant, status: { in: ["queued", "running"] } };
  while ((await db.run.count({ where: open })) > 0) await delay(20);
}
