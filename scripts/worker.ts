import { closeDatabase, getDb } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { startWorker } from "#lib/runtime/index.ts";
import { checkDeploymentKey } from "#lib/settings/index.ts";
import { startTracing } from "#lib/tracing.ts";

let stopping = false;

try {
  const stopTracing = await startTracing();
  await checkDeploymentKey(await getDb());
  const { stop } = await startWorker();
  log.info("the worker takes runs");
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      await stop();
      await stopTracing?.();
      await closeDatabase();
      process.exit(0);
    });
} catch (error) {
  process.stderr.write(`The worker could not start: ${messageOf(error)}\n`);
  process.exit(1);
}
