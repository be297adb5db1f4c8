import { closeDatabase, getDb } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { keepNotices } from "#lib/notices/index.ts";
import { startWorker } from "#lib/runtime/index.ts";
import { checkDeploymentKey } from "#lib/settings/index.ts";
import { startTracing } from "#lib/tracing.ts";

let stopping = false;

try {
  const stopTracing = await startTracing();
  const db = await getDb();
  await checkDeploymentKey(db);
  const notices = keepNotices(db);
  const { stop } = await startWorker();
  log.info("the worker takes runs");
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      await stop();
      await notices.stop();
      await stopTracing?.();
      await closeDatabase();
      process.exit(0);
    });
} catch (error) {
  process.stderr.write(`The worker could not start: ${messageOf(error)}\n`);
  process.exit(1);
}
