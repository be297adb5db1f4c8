import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import type { Found } from "./load-hits.ts";
import type { Word } from "./query-words.ts";
import type { ObjectType } from "./schema.ts";
import { derivedVisibleSql } from "./visible-sql.ts";

/** An object, where it comes from, and the place of the hit that it belongs to. */
export type Related = { object_id: string; event_id: string; lsn: number; ord: number };

/**
 * Objects of the wanted types that belong to the hits: states and artifacts of the same events, edges, agents, sessions;
 * and policies and share contracts that hold one of the words. In the order of the hits.
 */
export async function relatedObjects(
  ctx: Ctx,
  types: readonly ObjectType[],
  hits: readonly Found[],
  words: readonly Word[],
): Promise<Related[]> {
  const sources = types.flatMap((type) => SOURCES[type]?.(ctx) ?? []);
  if (sources.length === 0) return [];
  const given = hits.map(({ lsn, sessionId, agentId, memoryId, eventId }, ord) => {
    return { ord, lsn, session: sessionId, agent: agentId, memory: memoryId, event: eventId };
  });
  const any = words.map(({ query }) => query).join(" | ");
  const rows = await ctx.db.$queryRaw<{ id: string; event: string; lsn: bigint; ord: number }[]>`
    with hits as (select * from json_to_recordset(${JSON.stringify(given)}::json)
        as h(ord int, lsn bigint, session text, agent text, memory text, event text)),
      wanted as (select ${any}::text::tsquery as words)
    select id, min(event) as event, max(lsn) as lsn, min(ord) as ord from (${Prisma.join(sources, " union all ")}) r
    group by id order by min(ord), id limit ${limits.pageSize}`;
  return rows.map(({ id, event, lsn, ord }) => ({ object_id: id, event_id: event, lsn: Number(lsn), ord }));
}

type Source = (ctx: Ctx) => Prisma.Sql;

const beside =
  (table: "State" | "Artifact", id: string, event: string): Source =>
  (ctx) =>
    Prisma.sql`select h.ord, x.${Prisma.raw(`"${id}"`)} as id, x.${Prisma.raw(`"${event}"`)} as event, x."lsn"
    from hits h join ${Prisma.raw(`"${table}"`)} x on x."tenantId" = ${ctx.tenant} and x."sessionId" = h.session
    and x."lsn" = h.lsn and ${derivedVisibleSql(ctx, "x", id)}`;

const named =
  (type: "agent" | "session"): Source =>
  (ctx) =>
    Prisma.sql`select h.ord, x."objectId" as id, h.event, x."lsn" from hits h join "NamedObject" x
    on x."tenantId" = ${ctx.tenant} and x."objectType" = ${type} and x."objectId" = h.${Prisma.raw(type)}`;

const worded =
  (type: "policy" | "share_contract"): Source =>
  (ctx) =>
    Prisma.sql`select 1000 as ord, x."objectId" as id, coalesce((select v."mutationEventId"
      from "ObjectVersion" v where v."tenantId" = x."tenantId" and v."objectId" = x."objectId"
      and v."lsn" = x."lsn"), '') as event, x."lsn"
    from "NamedObject" x, wanted w where x."tenantId" = ${ctx.tenant} and x."objectType" = ${type}
    and (numnode(w.words) = 0 or to_tsvector('english', x."body") @@ w.words)`;

const SOURCES: Partial<Record<ObjectType, Source>> = {
  state: beside("State", "stateId", "derivedFromEventId"),
  artifact: beside("Artifact", "artifactId", "producedByEventId"),
  edge: (ctx) => Prisma.sql`select h.ord, x."edgeId" as id, x."provenanceRef" as event, x."lsn" from hits h
    join "Edge" x on x."tenantId" = ${ctx.tenant} and (x."srcObjectId" = h.memory or x."dstObjectId" = h.memory)
    and ${derivedVisibleSql(ctx, "x", "edgeId")}`,
  agent: named("agent"),
  session: named("session"),
  policy: worded("policy"),
  share_contract: worded("share_contract"),
};
