import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Ctx } from "#lib/context.ts";
import { closeDatabase, openDatabase } from "#lib/db.ts";
import { getRunProgress, publishVersion, requestRun } from "#lib/runs/index.ts";
import { connectWarehouse, startWorker } from "#lib/runtime/index.ts";
import { createTenant } from "#lib/settings/index.ts";

/** Where a worker dies: right before it does something for the so-many-th time. */
export type FilesMoment = { what: keyof typeof STATEMENTS | (typeof CALLS)[number]; nth: number };

/** What the process is to do: begin a run and die in it, or end what is left and tell. */
export type FilesOrder = {
  tenant: string;
  begin?: { ir: Record<string, unknown>; moment: FilesMoment };
  table: string;
};

/** How the run ended, what the table holds, and what is left in the journal. */
export type FilesReport = {
  status: string;
  attempt: number;
  rowsOut: number;
  ids: number[];
  journal: number;
};

const STATEMENTS = {
  "writing down what is taken": /^INSERT INTO \S*"TakenFile"/,
  "writing down that files are out of their folder": /^UPDATE \S*"TakenFile" SET "held"/,
  "writing down where a file goes": /^UPDATE \S*"TakenFile" SET "goesTo"/,
  "forgetting a file that lies where it belongs": /^DELETE FROM \S*"TakenFile"/,
  "marking the load": /^insert into \S*_penstock_loads/,
  "telling the run's end": /^UPDATE \S*"Run" SET "status"/,
};
const CALLS = ["link", "unlink", "open"] as const;

let armed: FilesMoment | undefined;
let seen = 0;

function pass(what: string): void {
  if (armed?.what !== what || ++seen < armed.nth) return;
  fs.writeSync(1, "reached\n");
  process.kill(process.pid, "SIGKILL");
  throw new Error("A killed process goes on");
}

function watch(): void {
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  const watched = function (this: pg.Client, ...args: unknown[]) {
    const [first] = args;
    const text = typeof first === "string" ? first : (first as { text: string }).text;
    for (const [what, on] of Object.entries(STATEMENTS)) if (on.test(text)) pass(what);
    return query.apply(this, args);
  };
  Object.defineProperty(pg.Client.prototype, "query", { value: watched, writable: true });
  const promises = fs.promises as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of CALLS) {
    const call = promises[name] as (...args: unknown[]) => unknown;
    promises[name] = (...args) => {
      // Of what is opened, only the parts of files that are written.
      if (name !== "open" || String(args[0]).endsWith(".part")) pass(name);
      return call(...args);
    };
  }
  syncBuiltinESMExports();
}

watch();
process.once("message", (order) => void obey(order as FilesOrder));
process.send?.("ready");

async function obey({ tenant, begin, table }: FilesOrder): Promise<void> {
  const { db } = await openDatabase();
  const ctx: Ctx = { tenant, actor: { id: "u", kind: "user" }, roles: ["ROLE_ADMIN"], requestId: "test", db };
  if (begin) {
    await createTenant(db, { id: tenant, name: tenant, flowIrEnabled: false });
    const { pipelineId } = await publishVersion({ ctx, input: { ir: begin.ir, origin: "created" } });
    armed = begin.moment;
    await requestRun({ ctx, input: { pipelineId } });
  }
  const { stop } = await startWorker();
  const open = { tenantId: tenant, OR: [{ finishedAt: null }] };
  while ((await db.run.count({ where: open })) > 0) await delay(20);
  const unsettled = { tenantId: tenant, settledAt: null };
  while ((await db.takenFile.count({ where: unsettled })) > 0) await delay(20);
  const { id: runId } = await db.run.findFirstOrThrow({ where: { tenantId: tenant } });
  const { status, attempt, rowsOut } = await getRunProgress({ ctx, input: { runId } });
  const client = await connectWarehouse(tenant);
  const { rows } = await client.query<{ id: number }>(`select id from ${table} order by 1`);
  await client.end();
  const report: FilesReport = {
    ...{ status, attempt, rowsOut },
    ids: rows.map(({ id }) => id),
    journal: await db.takenFile.count({ where: { tenantId: tenant } }),
  };
  await new Promise((sent) => process.send?.(report, sent));
  await stop();
  await closeDatabase();
  process.exit(0);
}
