import { connectServer } from "#lib/db.ts";
import { startScheduler, workRuns } from "#lib/runs/index.ts";

// A worker that makes and ends the runs of backfills, telling of each, for tests that kill it.
const [url = ""] = process.argv.slice(2);
const database = connectServer(url);
await workRuns(
  async ({ run }) => {
    process.stdout.write(`took ${run.id}\n`);
    return { status: "completed" };
  },
  { database },
);
await startScheduler({ database });
