import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import type { Ctx } from "#lib/context.ts";
import { closeDatabase, getDb } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { replay, tenantsOfLog } from "#lib/ingest/index.ts";
import type { ReplayResult } from "#lib/ingest/schema.ts";
import { checkDeploymentKey } from "#lib/settings/index.ts";

const USAGE = `npm run rebuild -- [--tenant t_acme] [--apply]

Replays the event log of every tenant, or of one, and compares what is derived from it row by row.
With --apply what differs is mended. Ends with 1 if something differs and was not mended.
With the embedded database, stop Penstock first; on PostgreSQL it goes on meanwhile.`;

const { values } = parseArgs({
  options: {
    tenant: { type: "string" },
    apply: { type: "boolean", default: false },
    help: { type: "boolean" },
  },
});

try {
  if (values.help) process.stdout.write(`${USAGE}\n`);
  else await main(values.apply, values.tenant);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
} finally {
  await closeDatabase();
}

async function main(apply: boolean, only: string | undefined): Promise<void> {
  const db = await getDb();
  await checkDeploymentKey(db);
  const input = apply ? { dry_run: false, apply, confirm: "apply_replay" } : {};
  for (const tenant of only ? [only] : await tenantsOfLog(db)) {
    const actor = { id: "operator", name: "Operator", kind: "system" } as const;
    const ctx: Ctx = { tenant, actor, roles: ["ROLE_ADMIN"], requestId: randomUUID(), db };
    const result = await replay({ ctx, input });
    process.stdout.write(`${tenant}: ${told(result)}\n`);
    if (!result.intact && !apply) process.exitCode = 1;
  }
}

function told({ events, intact, applied, tables }: ReplayResult): string {
  const count = `${events} events`;
  if (intact) return `${count}, everything derived from them is as it should be`;
  const wrong = tables
    .filter(({ missing, extra, different }) => missing + extra + different > 0)
    .map(
      ({ table, missing, extra, different }) =>
        `${table} ${missing} missing, ${extra} extra, ${different} different`,
    );
  return `${count}; ${wrong.join("; ")}${applied ? ": mended" : ""}`;
}
