import { randomBytes } from "node:crypto";
import { sha256 } from "#lib/crypto.ts";
import type { Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { applyChangesSql, DERIVED_TABLES } from "#lib/memory/index.ts";
import { materialize, noChanges } from "./materialize.ts";
import { planByIndex } from "./plan-by-index.ts";
import { type LogPage, readLog } from "./read-log.ts";

/** The count of events is derived too, though it is the log's own. */
export const VOLUME_TABLE = { name: "EventVolume", key: ["tenantId", "minute"] } as const;

/** Every table that a replay fills, in the order it is told. */
export const REPLAYED = [...DERIVED_TABLES, VOLUME_TABLE] as const;

/** A schema of its own for one tenant's replay, beside the one that the tenant's rows live in. */
export type Shadow = { tenant: string; schema: string; base: string };

/** A step's transaction: short, as the embedded engine has one connection for everybody. */
export type InTransaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

const PREFIX = "penstock_replay_";
const LOCK_ID = 7_305_003;
/** What a crash left is gone with the next replay of anybody, this many milliseconds later. */
const STALE_MS = 24 * 3_600_000;

/** What the names of a tenant's replays begin with, so that a later replay or an erasure finds them. */
export function shadowPrefix(tenant: string): string {
  return `${PREFIX}${sha256(tenant).slice(0, 24)}_`;
}

/** Removes what replays of this tenant wrote, running or left behind. A running one then fails with `conflict`. */
export async function dropShadows(tx: Tx, tenant: string): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(${LOCK_ID}::int, hashtext(${tenant}))`;
  const rows = await tx.$queryRaw<{ name: string }[]>`select nspname::text as name from pg_namespace
    where starts_with(nspname, ${shadowPrefix(tenant)})`;
  for (const { name } of rows) await tx.$executeRawUnsafe(`drop schema "${name}" cascade`);
}

/**
 * Removes a replay's own schema when it has ended.
 * @throws AppError `conflict` if it was gone: another replay of the tenant, or an erasure, removed it
 */
export async function dropShadow(tx: Tx, { schema }: Shadow): Promise<void> {
  const rows = await tx.$queryRaw<unknown[]>`select 1 from pg_namespace where nspname = ${schema}`;
  if (rows.length === 0)
    throw new AppError(
      "conflict",
      "An erasure or another replay of this tenant came in between. Run it again.",
    );
  await tx.$executeRawUnsafe(`drop schema "${schema}" cascade`);
}

/** Keeps others from removing the shadow until this transaction ends, and has times told in UTC. */
export async function holdShadow(tx: Tx, { tenant }: Shadow): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock_shared(${LOCK_ID}::int, hashtext(${tenant})),
    set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true)`;
}

/** Makes the empty tables. What an earlier replay of this tenant left is removed, as is what is old of others. */
export async function createShadow(inTransaction: InTransaction, tenant: string): Promise<Shadow> {
  const schema = shadowPrefix(tenant) + randomBytes(6).toString("hex");
  return inTransaction(async (tx) => {
    await dropShadows(tx, tenant);
    await dropStale(tx);
    const [row] = await tx.$queryRaw<{ base: string }[]>`select current_schema()::text as base`;
    const base = row?.base ?? "public";
    await tx.$executeRawUnsafe(`create schema "${schema}"`);
    await tx.$executeRawUnsafe(`comment on schema "${schema}" is '${new Date().toISOString()}'`);
    for (const { name, key } of REPLAYED) {
      // Nobody looks for a misspelt word here, and that index costs more than all the others.
      const indexes = name === "Term" ? `, primary key ("${key.join('", "')}")` : " including all";
      await tx.$executeRawUnsafe(
        `create unlogged table "${schema}"."${name}" (like "${base}"."${name}"${indexes})`,
      );
    }
    return { tenant, schema, base };
  });
}

async function dropStale(tx: Tx): Promise<void> {
  const rows = await tx.$queryRaw<{ name: string; since: string | null }[]>`
    select nspname::text as name, obj_description(oid, 'pg_namespace') as since from pg_namespace
    where starts_with(nspname, ${PREFIX})`;
  const before = new Date(Date.now() - STALE_MS).toISOString();
  for (const { name, since } of rows)
    if (since === null || since < before) await tx.$executeRawUnsafe(`drop schema "${name}" cascade`);
}

/**
 * One step of the replay: reads on in the log and writes what it says into the shadow, with the statement that ingest
 * itself uses.
 */
export async function replayStep(tx: Tx, shadow: Shadow, after: number): Promise<LogPage> {
  const page = await readLog(tx, { tenant: shadow.tenant, after, limit: limits.chunkEvents });
  if (page.events.length === 0) return page;
  const changes = noChanges();
  const minutes = new Map<string, number>();
  for (const event of page.events) {
    materialize(event, changes);
    const minute = `${event.ingest_time.slice(0, 16)}:00Z`;
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  const volume = [...minutes].map(([minute, events]) => ({ tenantId: shadow.tenant, minute, events }));
  // From here on unqualified tables are the shadow's and nobody else's: were it gone, nothing would be found.
  await searchIn(tx, shadow.schema);
  await planByIndex(tx, true);
  await tx.$executeRaw`with ${applyChangesSql(changes).ctes} insert into "EventVolume"
    select * from json_populate_recordset(null::"EventVolume", ${JSON.stringify(volume)}::json)
    on conflict ("tenantId", "minute") do update set "events" = "EventVolume"."events" + excluded."events"`;
  await planByIndex(tx, false);
  await searchIn(tx, shadow.base);
  return page;
}

async function searchIn(tx: Tx, schema: string): Promise<void> {
  await tx.$executeRaw`select set_config('search_path', ${`"${schema}"`}, true)`;
}

/** The head of the log, locked: until the transaction ends nobody appends, erases or repairs. */
export async function lockLog(tx: Tx): Promise<void> {
  await tx.$executeRaw`select "lsn" from "LogHead" where "id" = 1 for update`;
}
