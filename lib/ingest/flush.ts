import type pg from "pg";
import { sha256 } from "#lib/crypto.ts";
import { type Database, databaseCode, Prisma } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { applyChangesSql, copyChanges } from "#lib/memory/index.ts";
import { ERASED_HASH } from "./event-hash.ts";
import { materialize, noChanges } from "./materialize.ts";
import { loadOwners, type OwnerCheck } from "./object-owners.ts";
import type { PreparedEvent } from "./prepare-event.ts";
import { OBJECT_UPSERTED, type StoredEvent } from "./schema.ts";
import { announce, EVENTS_CHANNEL } from "./wake.ts";

/** What became of one event: its number in the log, or why it has none. */
export type Outcome = { lsn: number; replayed: boolean } | AppError;

type Known = { lsn: number; hash: string };

/** SQLSTATE classes that blame a value of some row: bad data, a broken constraint, a limit of the database's own. */
const BLAMES_A_ROW = /^(22|23|54)/;
/** Serialization, deadlock, a lost connection, a server that restarts: the same again may well succeed. */
const WORTH_ANOTHER_TRY = /^(08|40|57P|55P03|E[A-Z]+$)/;

/**
 * Commits some events with all that is derived from them in one transaction, and numbers them. A group that the
 * database refuses for a row's sake is halved until that row stands alone, so that it fails nobody else.
 * @returns one outcome for each event, in order. @throws Error if the database cannot be reached.
 */
export async function flush(database: Database, events: readonly PreparedEvent[]): Promise<Outcome[]> {
  try {
    return await again(() => commit(database, events));
  } catch (error) {
    if (!BLAMES_A_ROW.test(databaseCode(error) ?? "")) throw error;
    if (events.length === 1)
      return [new AppError("bad_request", "The database does not take this event.", { cause: error })];
    const half = Math.ceil(events.length / 2);
    const first = await flush(database, events.slice(0, half));
    return [...first, ...(await flush(database, events.slice(half)))];
  }
}

/** Once more where the failure lies with the connection: what was committed unheard is found to be there already. */
async function again<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const code =
      databaseCode(error) ?? (error instanceof Error && /terminated|ended/.test(error.message) ? "08" : "");
    if (!WORTH_ANOTHER_TRY.test(code)) throw error;
    return run();
  }
}

async function commit(database: Database, events: readonly PreparedEvent[]): Promise<Outcome[]> {
  // Both are there before the lock is taken: nobody waits for a connection while others wait for the lock.
  const side = byCopy(database, events) ? await database.pool.connect() : undefined;
  const client = await database.pool.connect().catch((error) => {
    side?.release();
    throw error;
  });
  let failed = false;
  let broken = false;
  try {
    const head = await begin(client);
    const known = await readKnown(client, head, events);
    const refusal = await loadOwners(client, events);
    const { fresh, outcomes } = number(events, head, known, refusal);
    if (fresh.length > 0) await insert(client, head, fresh, { side, server: !database.lite });
    await client.query("commit");
    if (fresh.length > 0) announce();
    return outcomes;
  } catch (error) {
    failed = true;
    await client.query("rollback").catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken && !database.lite);
    side?.release(failed);
  }
}

/** Many events for a server, none of which may replace what is there. */
function byCopy(database: Database, events: readonly PreparedEvent[]): boolean {
  const many = !database.lite && events.length >= limits.copiedEvents;
  return many && events.every(({ event }) => event.event_type !== OBJECT_UPSERTED);
}

/**
 * The statements of a flush find every row by its index, one by one and joined in the order they are written, whatever
 * the tables hold: so they are planned once, see {@link plannedFor}.
 */
const PLANNING = Object.entries({
  join_collapse_limit: "1",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  plan_cache_mode: "force_generic_plan",
});
const BEGIN = `begin;
  select ${PLANNING.map(([name, value]) => `set_config('${name}', '${value}', true)`).join(", ")};
  select "lsn" from "LogHead" where "id" = 1 for update`;

/** Opens the transaction and locks the head until commit: every later statement sees all that was committed before. */
async function begin(client: pg.ClientBase): Promise<number> {
  // Several statements in one go give a list of results, which the types do not know of.
  const answers = (await client.query(BEGIN)) as unknown as pg.QueryResult<{ lsn: string }>[];
  return Number(answers.at(-1)?.rows[0]?.lsn);
}

/** A statement's name while the log has so many digits: where there are few rows, any index seems as good as another. */
const plannedFor = (head: number, name: string) => `${name}-${String(head).length}`;

/** The events' keys that the log holds already. */
async function readKnown(
  client: pg.ClientBase,
  head: number,
  events: readonly PreparedEvent[],
): Promise<Map<string, Known>> {
  const { rows } = await client.query<{ tenantId: string; eventId: string; lsn: string; hash: string }>({
    name: plannedFor(head, "ingest-known-events"),
    text: `select e."tenantId", e."eventId", e."lsn", e."hash" from unnest($1::text[], $2::text[]) k(t, i)
      join "Event" e on e."tenantId" = k.t and e."eventId" = k.i`,
    values: [events.map(({ event }) => event.tenant_id), events.map(({ event }) => event.event_id)],
  });
  return new Map(
    rows.map(({ tenantId, eventId, lsn, hash }) => [keyOf(tenantId, eventId), { lsn: Number(lsn), hash }]),
  );
}

type Numbered = { event: StoredEvent; hash: string };

/** Gives numbers to the events that are new, in their order; the same one twice is new once. */
function number(
  events: readonly PreparedEvent[],
  head: number,
  known: Map<string, Known>,
  refusal: OwnerCheck,
) {
  const fresh: Numbered[] = [];
  let lsn = head;
  const outcomes = events.map((prepared): Outcome => {
    const { event, hash } = prepared;
    const key = keyOf(event.tenant_id, event.event_id);
    const before = known.get(key);
    if (before) return repeated(before, hash);
    const refused = refusal(prepared);
    if (refused) return refused;
    lsn += 1;
    known.set(key, { lsn, hash });
    fresh.push({ event: { lsn, ...event }, hash });
    return { lsn, replayed: false };
  });
  return { fresh, outcomes };
}

function repeated(before: Known, hash: string): Outcome {
  if (before.hash === hash) return { lsn: before.lsn, replayed: true };
  if (before.hash === ERASED_HASH)
    return new AppError("event_erased", "The event of this id was erased; the id is not used again.");
  return new AppError("event_conflict", "Another event has this id. Nothing was changed.");
}

/** Neither part holds a NUL: the door refuses it. */
function keyOf(tenant: string, eventId: string): string {
  return `${tenant}\0${eventId}`;
}

/**
 * Writes the log, its head, the volume and every derived row: in one statement or, where many events come at once to a
 * server, most of it by COPY, with a second connection beside. COPY knows of no conflict: where an object is there already
 * the group is halved until it is small enough for the statement, which does.
 */
async function insert(
  client: pg.ClientBase,
  head: number,
  fresh: readonly Numbered[],
  { side, server }: { side: pg.ClientBase | undefined; server: boolean },
): Promise<void> {
  const changes = noChanges();
  for (const { event } of fresh) materialize(event, changes);
  const rows = fresh.map(rowOf);
  const copying = side && fresh.length >= limits.copiedEvents;
  const { ctes } = copying
    ? await copyChanges({ client, side, changes, before: { table: "Event", rows } })
    : applyChangesSql(changes);
  const last = fresh.at(-1)?.event.lsn ?? 0;
  const { text, values } = Prisma.sql`with ${copying ? Prisma.empty : logSql(rows)}
    ingest_head as (update "LogHead" set "lsn" = ${last}::bigint where "id" = 1),
    ingest_volume as (
      insert into "EventVolume" as v ("tenantId", "minute", "events")
      select "tenantId", "minute", "events"
        from json_populate_recordset(null::"EventVolume", ${JSON.stringify(volumeOf(fresh))}::json)
      on conflict ("tenantId", "minute") do update set "events" = v."events" + excluded."events"),
    ${ctes}
    select ${server ? Prisma.sql`pg_notify(${EVENTS_CHANNEL}::text, ${String(last)}::text)` : Prisma.sql`1`}`;
  await client.query({ name: plannedFor(head, nameOf(text)), text, values });
}

function logSql(rows: readonly object[]): Prisma.Sql {
  return Prisma.sql`ingest_log as (insert into "Event"
    select * from json_populate_recordset(null::"Event", ${JSON.stringify(rows)}::json)),`;
}

/** A name for a statement that is prepared once a connection; another text, as after a reload, has another name. */
function nameOf(text: string): string {
  const name = names.get(text) ?? `ingest-insert-${sha256(text).slice(0, 16)}`;
  names.set(text, name);
  return name;
}
const names = new Map<string, string>();

/** An event as the row of the log. */
function rowOf({ event, hash }: Numbered) {
  return {
    lsn: event.lsn,
    tenantId: event.tenant_id,
    eventId: event.event_id,
    workspaceId: event.workspace_id,
    agentId: event.agent_id,
    sessionId: event.session_id,
    eventType: event.event_type,
    eventTime: event.event_time,
    ingestTime: event.ingest_time,
    visibleTime: event.visible_time,
    logicalTs: event.logical_ts,
    parentEventId: event.parent_event_id,
    causalRefs: event.causal_refs,
    payload: event.payload,
    source: event.source,
    importance: event.importance,
    visibility: event.visibility,
    version: event.version,
    hash,
  };
}

/** How many events of each tenant came in in each minute. */
function volumeOf(fresh: readonly Numbered[]) {
  const counts = new Map<string, { tenantId: string; minute: string; events: number }>();
  for (const { event } of fresh) {
    const minute = `${event.ingest_time.slice(0, 16)}:00Z`;
    const key = keyOf(event.tenant_id, minute);
    const known = counts.get(key) ?? { tenantId: event.tenant_id, minute, events: 0 };
    known.events += 1;
    counts.set(key, known);
  }
  return [...counts.values()];
}
