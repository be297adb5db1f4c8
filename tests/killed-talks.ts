import type { Rows } from "./restarted-server.ts";

/** What is not as it should be in the database and the logs of a server that was killed amid conversations, in words. */
export async function lookAtTalks(
  rows: Rows,
  { talks, secret, logs }: { talks: number; secret: string; logs: string[] },
): Promise<string[]> {
  const faults: string[] = [];
  for (const [table, expected] of Object.entries({
    Source: talks,
    Pipeline: talks,
    Schedule: talks,
    Run: talks,
    SourceDraft: 0,
  })) {
    const [found] = await rows(`select count(*)::int as count from "${table}"`);
    if (found?.count !== expected) faults.push(`${found?.count} rows in ${table} instead of ${expected}`);
  }
  const [logged] = await rows(
    `select count(*)::int as missing from "SetupMessage" where "loggedAt" is null or "pending" is not null`,
  );
  if (logged?.missing !== 0) faults.push(`${logged?.missing} messages are not in the log`);
  const [doubled] = await rows(
    `select count(*)::int - count(distinct "eventId")::int as count from "Event" where "agentId" = 'setup-agent'`,
  );
  if (doubled?.count !== 0) faults.push("events are doubled");
  const tables = await rows(`select c.oid::regclass::text as name from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p')
    and n.nspname not in ('pg_catalog', 'information_schema')`);
  for (const { name } of tables) {
    const hex = Buffer.from(secret).toString("hex");
    const held = await rows(
      `select 1 from ${name} t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0 limit 1`,
      [secret, hex],
    );
    if (held.length > 0) faults.push(`a secret in ${name}`);
  }
  if (logs.some((text) => text.includes(secret))) faults.push("a secret in a log");
  if (!logs.every((text) => text.includes("request"))) faults.push("the log says nothing");
  return faults;
}
