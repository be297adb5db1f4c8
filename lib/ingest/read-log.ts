import type { Ctx } from "#lib/context.ts";
import { type Db, Prisma, type Tx } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import type { StoredEvent } from "./schema.ts";

type Row = Omit<StoredEvent, "lsn" | "logical_ts" | "version" | "erased"> & {
  lsn: bigint;
  logical_ts: bigint;
  version: bigint;
  erased_at: string | null;
  erased_reason: string | null;
};

/** Some events in LSN order, and how far the log was looked at for them: all in one snapshot of the database. */
export type LogPage = {
  events: StoredEvent[];
  /** Everything up to here has been looked at; go on after it. */
  scanned: number;
  /** The newest LSN of the tenant. */
  head: number;
};

/** Which events: those of a tenant after an LSN, at most so many; a condition on the columns of `e`; of some LSNs only. */
export type LogRange = { tenant: string; after: number; limit: number; where?: Prisma.Sql; among?: number[] };

/** A moment as RFC 3339 text in UTC, with as many digits of a second as it has. */
const instant = (column: Prisma.Sql) => Prisma.sql`(to_jsonb(${column} at time zone 'UTC') #>> '{}') || 'Z'`;

/** An event's columns under the names of the wire. */
const COLUMNS = Prisma.sql`e."lsn", e."eventId" as event_id, e."tenantId" as tenant_id,
  e."workspaceId" as workspace_id, e."agentId" as agent_id, e."sessionId" as session_id,
  e."eventType" as event_type, ${instant(Prisma.sql`e."eventTime"`)} as event_time,
  ${instant(Prisma.sql`e."ingestTime"`)} as ingest_time, ${instant(Prisma.sql`e."visibleTime"`)} as visible_time,
  e."logicalTs" as logical_ts, e."parentEventId" as parent_event_id, e."causalRefs" as causal_refs, e."payload",
  e."source", e."importance", e."visibility", e."version", ${instant(Prisma.sql`e."erasedAt"`)} as erased_at,
  e."erasedReason" as erased_reason`;

/**
 * Reads on from an LSN. A page ends at `limit` events, at `limits.tailBytes` of payload (but holds one event at
 * least), or where `limits.tailWindow` rows have been looked at: it may be short, even empty, before the head.
 */
export async function readLog(
  db: Pick<Db | Tx, "$queryRaw">,
  { tenant, after, limit, where, among }: LogRange,
): Promise<LogPage> {
  const one = among ? Prisma.sql`e."lsn" = any(${among}::bigint[])` : Prisma.sql`true`;
  const window = where ? limits.tailWindow : limit;
  const rows = await db.$queryRaw<({ scanned: bigint | null; head: bigint } & (Row | { lsn: null }))[]>`
    with looked as materialized (
      select e."lsn", ${where ?? Prisma.sql`true`} as wanted from "Event" e
      where e."tenantId" = ${tenant} and e."lsn" > ${after} and ${one} order by e."lsn" limit ${window}),
    sized as (
      select e."lsn", row_number() over following as n,
        sum(octet_length(e."payload"::text)) over following - octet_length(e."payload"::text) as before
      from "Event" e
      where e."lsn" in (select "lsn" from looked where wanted order by "lsn" limit ${limit})
      window following as (order by e."lsn")),
    chosen as (select "lsn" from sized where before < ${limits.tailBytes}),
    ends as (
      select case when (select count(*) from looked where wanted) > (select count(*) from chosen)
          or (select count(*) from chosen) = ${limit}
        then (select max("lsn") from chosen) else (select max("lsn") from looked) end as scanned,
        (select coalesce(max("lsn"), 0) from "Event" where "tenantId" = ${tenant}) as head)
    select ends.scanned, ends.head, ${COLUMNS}
    from ends left join (chosen join "Event" e using ("lsn")) on true order by e."lsn"`;
  const first = rows[0];
  const head = Number(first?.head ?? 0);
  return {
    events: rows.flatMap((row) => (row.lsn === null ? [] : [eventOf(row as Row)])),
    scanned: first?.scanned ? Number(first.scanned) : Math.max(after, head),
    head,
  };
}

/** The newest LSN of the caller's tenant. */
export async function headOf({ db, tenant }: Pick<Ctx, "db" | "tenant">): Promise<number> {
  const [row] = await db.$queryRaw<{ lsn: bigint | null }[]>`
    select max("lsn") as lsn from "Event" where "tenantId" = ${tenant}`;
  return Number(row?.lsn ?? 0);
}

function eventOf({ lsn, logical_ts, version, erased_at, erased_reason, ...row }: Row): StoredEvent {
  const { scanned: _scanned, head: _head, ...rest } = row as typeof row & { scanned: unknown; head: unknown };
  const event = { lsn: Number(lsn), ...rest, logical_ts: Number(logical_ts), version: Number(version) };
  return erased_at === null ? event : { ...event, erased: { at: erased_at, reason: erased_reason ?? "" } };
}
