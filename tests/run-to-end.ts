import path from "node:path";
import { closeDatabase, openDatabase } from "#lib/db.ts";
import { migrate } from "#lib/migrate.ts";
import { getRunProgress, publishVersion, requestRun } from "#lib/runs/index.ts";
import { readTable, startWorker } from "#lib/runtime/index.ts";
import { createTenant } from "#lib/settings/index.ts";

/**
 * An embedded Penstock without its doors, for tests: asks for a run of the document it is given, tells how it goes, one
 * JSON a line, and ends when the run does.
 */
const TENANT = "t_demo";
const [document = "", table = ""] = process.argv.slice(2);

const database = await openDatabase();
const { db } = database;
await migrate(database.pool, path.resolve("prisma/migrations"));
await createTenant(db, { id: TENANT, name: TENANT, flowIrEnabled: false });
const ctx = {
  tenant: TENANT,
  actor: { id: "u", kind: "user" as const },
  roles: ["ROLE_ADMIN" as const],
  requestId: "test",
  db,
};
const input = { ir: JSON.parse(document), origin: "created" as const };
const { pipelineId } = await publishVersion({ ctx, input });
await requestRun({ ctx, input: { pipelineId } });
const { stop } = await startWorker();
const { id: runId } = await db.run.findFirstOrThrow({ where: { tenantId: TENANT } });
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
for (;;) {
  const run = await getRunProgress({ ctx, input: { runId } });
  const nodes = run.nodes.map(({ nodeId, status }) => `${nodeId} ${status}`);
  say({ ...run, nodes });
  if (run.status !== "queued" && run.status !== "running") break;
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const { total, rows } = await readTable({ ctx, input: { table, limit: 1 } });
say({ total, first: rows[0] });
await stop();
await closeDatabase();
