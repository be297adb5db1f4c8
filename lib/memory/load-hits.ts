import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import type { Candidate } from "./find-candidates.ts";
import type { QueryFilters } from "./query-filters.ts";
import { retrievalRows } from "./retrieval-rows.ts";
import { BEGAN } from "./wire-sql.ts";

/** A candidate and the event it comes from. `besides` is the candidate that it stands next to, where that is why it is here. */
export type Found = Candidate & { eventId: string; eventTime: string; besides?: number };

/** Hits whose neighbours are looked at, and how far from them. */
const CENTRES = 10;
const DISTANCE = 2;
/** What a neighbour inherits of the score of the hit beside it, by its distance: the message after it may answer it. */
const INHERITED = { after: 0.7, before: 0.4 } as const;

/**
 * The best candidates and the messages around the very best in their sessions: a neighbour of a hit is worth part of the
 * hit, and a hit beside a hit is worth more. Neighbours pass the same filters.
 */
export async function loadHits(
  ctx: Ctx,
  candidates: readonly Candidate[],
  { where }: QueryFilters,
  { asOf, withNeighbours }: { asOf?: string; withNeighbours: boolean },
): Promise<Found[]> {
  const { earlier, rows } = retrievalRows(ctx, asOf);
  const centres = withNeighbours ? candidates.filter(({ sessionId }) => sessionId).slice(0, CENTRES) : [];
  const around = (sign: string, order: string, share: number) => Prisma.sql`select n.* from unnest(
      ${centres.map(({ lsn }) => lsn)}::bigint[], ${centres.map(({ sessionId }) => sessionId)}::text[])
      c(lsn, session) cross join lateral (
        select p."lsn", c.lsn as "besides",
          ${share}::float8 / row_number() over (order by p."lsn" ${Prisma.raw(order)}) as "share"
        from ${rows} p where p."tenantId" = ${ctx.tenant} and p."sessionId" = c.session
        and p."lsn" ${Prisma.raw(sign)} c.lsn and ${where}
        order by p."lsn" ${Prisma.raw(order)} limit ${DISTANCE}) n`;
  const loaded = await ctx.db.$queryRaw<Loaded[]>`
    with ${earlier} wanted as (
      select w.lsn, null::bigint as "besides", 0::float8 as "share"
      from unnest(${candidates.map(({ lsn }) => lsn)}::bigint[]) w(lsn)
      union all ${around("<", "desc", INHERITED.before)} union all ${around(">", "asc", INHERITED.after)})
    select w."besides", w."share", p."lsn", p."memoryId", p."agentId", p."sessionId", p."memoryType",
      p."importance", p."validFrom",
      ${BEGAN("p")} as "eventTime", coalesce(m."provenanceRef", v."mutationEventId", '') as "eventId"
    from wanted w
    cross join lateral (select * from ${rows} r where r."lsn" = w.lsn and r."tenantId" = ${ctx.tenant} offset 0) p
    left join "Memory" m on m."tenantId" = p."tenantId" and m."memoryId" = p."memoryId" and m."lsn" = p."lsn"
    left join "ObjectVersion" v on m."lsn" is null and v."tenantId" = p."tenantId"
      and v."objectId" = p."memoryId" and v."lsn" = p."lsn"`;
  return fuse(candidates, loaded);
}

type Loaded = Omit<Found, "lsn" | "besides" | "held" | "score"> & {
  lsn: bigint;
  besides: bigint | null;
  share: number;
};

function fuse(candidates: readonly Candidate[], loaded: readonly Loaded[]): Found[] {
  const own = new Map(candidates.map((candidate) => [candidate.lsn, candidate]));
  const found = new Map<number, Found>();
  for (const { besides, share: _none, lsn, ...row } of loaded)
    if (besides === null) {
      const { held, score, near } = own.get(Number(lsn)) ?? { held: [], score: 0 };
      found.set(Number(lsn), { ...row, lsn: Number(lsn), held, score, near });
    }
  for (const { besides, share, ...row } of loaded) {
    const centre = besides === null ? undefined : own.get(Number(besides));
    if (!centre) continue;
    const lsn = Number(row.lsn);
    const known = found.get(lsn);
    const inherited = centre.score * share;
    if (!known) found.set(lsn, { ...row, lsn, held: [], score: inherited, besides: centre.lsn });
    else if (known.besides === undefined) known.score += inherited * SUPPORT;
    else known.score = Math.max(known.score, inherited);
  }
  return [...found.values()].sort((a, b) => b.score - a.score || b.lsn - a.lsn);
}

/** A hit gains this part of what a mere neighbour would inherit. */
const SUPPORT = 0.3;
