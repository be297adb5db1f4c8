import path from "node:path";
import pg from "pg";
import type { LogicalPlan } from "#lib/ir/schema.ts";
import { runPlan } from "./run-plan.ts";
import { scratchRoot } from "./warehouse.ts";

/** A process for tests to kill: runs one plan into a PostgreSQL. */
process.once("message", async (message) => {
  const { plan, runId, url } = message as { plan: LogicalPlan; runId: string; url: string };
  const connect = async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  };
  await runPlan({
    plan,
    tenant: "t_demo",
    runId,
    scratchDir: path.join(scratchRoot(), `child-${process.pid}`),
    resolveDestination: async () => ({ kind: "postgres", defaultSchema: "public", connect }),
  });
  process.exit(0);
});
process.send?.("ready");
