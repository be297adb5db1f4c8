import { connectServer, openEmbedded } from "#lib/db.ts";
import { workRuns } from "#lib/runs/index.ts";

// A worker that takes a run and never ends it, for tests that kill it. Argument: a connection string, or a folder.
const [place = ""] = process.argv.slice(2);
const database = place.startsWith("postgres") ? connectServer(place) : await openEmbedded(place);
await workRuns(
  ({ run }) => {
    process.stdout.write(`took ${run.id}\n`);
    return new Promise(() => undefined);
  },
  { database },
);
