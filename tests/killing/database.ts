import pg from "pg";
import { TEMPLATE } from "../postgres-once.ts";

/** Makes a database of Penstock's own on a server. @returns how to connect to it. */
export async function createKilled(server: string, name: string): Promise<string> {
  await run(server, `create database "${name}" template "${TEMPLATE}"`);
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}

/** Sets back what tells that workers on a database are alive, so that the next one need not wait until they are missed. */
export function passTime(url: string): Promise<void> {
  return run(
    url,
    `update "Run" set "heartbeatAt" = now() - interval '1 hour' where status = 'running';
     do $$ begin if to_regclass('pgboss.job') is not null then
       update pgboss.job set heartbeat_on = now() - interval '1 hour', started_on = now() - interval '1 hour'
       where state = 'active'; end if; end $$`,
  );
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
