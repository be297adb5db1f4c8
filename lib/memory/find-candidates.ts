import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import type { QueryFilters } from "./query-filters.ts";
import type { QueryWords, Word } from "./query-words.ts";
import { retrievalRows } from "./retrieval-rows.ts";
import { LSN_BUCKET_BITS, quoteLexeme } from "./terms-sql.ts";

/** A memory that may be a hit, and what speaks for it. */
export type Candidate = {
  lsn: number;
  memoryId: string;
  agentId: string;
  sessionId: string;
  memoryType: string;
  importance: number;
  validFrom: Date;
  /** Of the words asked for, those it holds: indices from 0. */
  held: number[];
  /** Its place among the nearest in meaning, from 1, if that was asked. */
  near?: number;
  score: number;
};

/** What each list of ranks counts in the sum; a rank r adds weight / (RANK_BASE + r). */
const WEIGHTS = { words: 1, text: 0.3, recency: 0.08, importance: 0.08 } as const;
/** What a rank is added to before its reciprocal is taken. */
export const RANK_BASE = 20;
/** A word that only resembles the one that was written counts less. */
const CLOSE_WEIGHT = 0.7;
/** The part of the sum that shrinks with what a candidate's words are worth beside the best one's. */
const COVERAGE = 0.75;
/** How much the length of a text takes from the worth of its words. */
const LENGTH_WEIGHT = 0.9;

/**
 * The best candidates of a query, best first. At most {@link limits.queryCandidates} memories are looked up with all words,
 * half as many with two of them, and for each word its share, always the newest. They are found stretch by stretch of the
 * log, so that a common word costs no more than its newest holders. Those with the most telling words are read, and ranks
 * fused by the sum of their reciprocals: words (the rarer the more, in short texts more), full-text rank, recency,
 * importance.
 */
export async function findCandidates(
  ctx: Ctx,
  { words, newestLsn }: QueryWords,
  filters: QueryFilters,
  { asOf, most }: { asOf?: string; most: number },
): Promise<Candidate[]> {
  const rows =
    words.length > 0 ? candidatesByWords(ctx, words, newestLsn, filters, asOf) : newest(ctx, filters, asOf);
  const any = words.map(({ query }) => query).join(" | ");
  const query = Prisma.sql`${rows}
    select "lsn", "memoryId", "agentId", "sessionId", "memoryType", "importance", "validFrom", "held",
      (${WEIGHTS.words}::float8 / (${RANK_BASE}::int + "byWords")
      + ${WEIGHTS.text}::float8 / (${RANK_BASE}::int + "byText")
      + ${WEIGHTS.recency}::float8 / (${RANK_BASE}::int + "byTime")
      + ${WEIGHTS.importance}::float8 / (${RANK_BASE}::int + "byImportance"))
      * (1 - ${COVERAGE}::float8 + ${COVERAGE}::float8 * coalesce("worth" / nullif("mostWorth", 0), 1)) as "score"
    from (select c.*, max(c."worth") over () as "mostWorth", rank() over (order by c."worth" desc) as "byWords",
      rank() over (order by ts_rank(c."terms", ${any}::tsquery, 1) desc) as "byText",
      rank() over (order by c."validFrom" desc, c."lsn" desc) as "byTime",
      rank() over (order by c."importance" desc) as "byImportance"
      from candidates c) ranked
    order by "score" desc, "lsn" desc limit ${most}`;
  const found = await ctx.db.$queryRaw<(Candidate & { lsn: bigint })[]>(query);
  return found.map((row) => ({ ...row, lsn: Number(row.lsn) }));
}

/** What a candidate is read from: columns of retrieval rows aliased `p`. */
export const CANDIDATE_COLUMNS = Prisma.raw(
  ["lsn", "memoryId", "agentId", "sessionId", "memoryType", "importance", "validFrom"]
    .map((name) => `p."${name}"`)
    .join(", "),
);

/** Without a word to look for: the newest. */
function newest(ctx: Ctx, { where }: QueryFilters, asOf: string | undefined): Prisma.Sql {
  const { earlier, rows } = retrievalRows(ctx, asOf);
  return Prisma.sql`with ${earlier} candidates as (
    select ${CANDIDATE_COLUMNS}, array[]::int[] as "held", 0 as "worth", p."terms" from ${rows} p
    where ${where} order by p."lsn" desc limit ${limits.queryExamined})`;
}

function candidatesByWords(
  ctx: Ctx,
  words: readonly Word[],
  newestLsn: number,
  { where }: QueryFilters,
  asOf: string | undefined,
): Prisma.Sql {
  const { earlier, rows } = retrievalRows(ctx, asOf);
  const looked = lookups(words);
  const parts = stretches(ctx.tenant, newestLsn);
  return Prisma.sql`with ${earlier} asked as materialized (
      select ord, q::tsquery as q, most, weight from unnest(${looked.map(({ ord }) => ord)}::int[],
        ${looked.map(({ q }) => q)}::text[], ${looked.map(({ most }) => most)}::int[],
        ${looked.map(({ weight }) => weight)}::float8[]) a(ord, q, most, weight)),
    stretches as materialized (
      select q::tsquery as q, below from unnest(${parts.map(({ q }) => q)}::text[],
        ${parts.map(({ below }) => below)}::bigint[]) s(q, below)),
    found as materialized (
      select a.ord, f."lsn" from asked a cross join lateral (
        select n."lsn" from stretches s cross join lateral (
          select p."lsn" from ${rows} p where p."terms" @@ (a.q && s.q) and p."lsn" + 0 < s.below and ${where}
          order by p."lsn" + 0 desc limit a.most) n
        limit a.most) f),
    worths as materialized (select a.ord, a.q, a.weight * ln(1 + ${newestLsn}::float8 / coalesce(greatest(1,
        case when f.count < a.most then f.count
          else f.count * ${newestLsn}::float8 / (${newestLsn}::float8 - f.oldest + 1) end), 1)) as worth
      from asked a left join (select ord, count(*) as count, min("lsn") as oldest from found group by 1) f
        on f.ord = a.ord where a.ord >= 0),
    bounded as (select f."lsn" from found f left join worths w on w.ord = f.ord group by 1
      order by bool_or(f.ord = ${ALL_WORDS}::int) desc, greatest(coalesce(sum(w.worth), 0),
        case when bool_or(f.ord = ${TWO_WORDS}::int) then 2 * (select min(worth) from worths) else 0 end) desc,
        f."lsn" desc
      limit ${limits.queryExamined}),
    candidates as (
      select ${CANDIDATE_COLUMNS}, h.held as "held",
        h.worth / (1 + ${LENGTH_WEIGHT}::float8 * length(p."terms") / avg(length(p."terms")) over ()) as "worth",
        p."terms"
      from bounded b
      cross join lateral (select * from ${rows} r where r."lsn" = b."lsn" and r."tenantId" = ${ctx.tenant} offset 0) p
      cross join lateral (select coalesce(array_agg(w.ord order by w.ord), '{}') as held,
        coalesce(sum(w.worth), 0) as worth from worths w where p."terms" @@ w.q) h)`;
}

/** Lookups of several words at once have numbers of their own, below those of the words. */
const [ALL_WORDS, TWO_WORDS] = [-1, -2];

type Lookup = { ord: number; q: string; most: number; weight: number };

/** All words at once, any two of them, each of them; with how many of the newest each lookup brings. */
function lookups(words: readonly Word[]): Lookup[] {
  const queries = words.map(({ query }) => query);
  const each = Math.ceil(limits.queryCandidates / queries.length);
  const list = words.map(({ query, close }, ord) => {
    return { ord, q: query, most: each, weight: close.length > 0 ? CLOSE_WEIGHT : 1 };
  });
  const most = limits.queryCandidates;
  const pairs = queries.flatMap((one, at) => queries.slice(at + 1).map((other) => `(${one} & ${other})`));
  const together: Lookup[] = [];
  if (queries.length > 1) together.push({ ord: ALL_WORDS, q: queries.join(" & "), most, weight: 0 });
  if (queries.length > 2) together.push({ ord: TWO_WORDS, q: pairs.join(" | "), most: most / 2, weight: 0 });
  return [...together, ...list];
}

/**
 * The log from its newest stretch backwards, each part four times as long as the one before, the last without end. A
 * lookup stops at the part that gives it enough.
 */
function stretches(tenant: string, newestLsn: number): { q: string; below: number }[] {
  const last = Math.floor(newestLsn / 2 ** LSN_BUCKET_BITS);
  const parts: { q: string; below: number }[] = [];
  let next = last;
  for (let size = 1; next >= 0 && size <= 256; size *= 4) {
    const buckets = Array.from({ length: Math.min(size, next + 1) }, (_, at) => `@${next - at}@${tenant}`);
    parts.push({ q: buckets.map(quoteLexeme).join(" | "), below: Number.MAX_SAFE_INTEGER });
    next -= buckets.length;
  }
  if (next >= 0)
    parts.push({ q: quoteLexeme(`@tenant=${tenant}`), below: (next + 1) * 2 ** LSN_BUCKET_BITS });
  return parts;
}
