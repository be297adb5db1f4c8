import type { Ctx } from "#lib/context.ts";
import { editDistance } from "./edit-distance.ts";
import { LETTERS, quoteLexeme } from "./terms-sql.ts";

/** Words of a query that are searched for, at most; of more the longest, which tend to be the rarest. */
const MOST_WORDS = 12;
/** Known words that stand in for one that is misspelt. */
const MOST_CLOSE = 3;

/** A word that is searched for. */
export type Word = {
  /** As it was written. */
  written: string;
  /** What a memory must hold, as the text of a tsquery. */
  query: string;
  /** Stems that stand in for it, where no memory holds it. */
  close: string[];
};

/** What a query's text comes down to, and the newest memory there is. */
export type QueryWords = { words: Word[]; newestLsn: number };

type Row = { written: string; query: string; stem: string | null; known: boolean; close: string[] | null };

/**
 * The words of a text that can be searched for (stems; words such as "the" are dropped). One that no memory of the tenant
 * holds is taken for misspelt and replaced by the nearest known ones: few letters changed, among those that share
 * trigrams, a beginning or an ending with it. The text travels as parameters and is parsed by the database.
 */
export async function queryWords(ctx: Ctx, text: string): Promise<QueryWords> {
  const chunks = [...new Set(text.replaceAll("\0", " ").split(/\s+/).filter(Boolean))];
  const rows = await ctx.db.$queryRaw<(Row & { newest: bigint | null })[]>`
    select n.newest, w.* from (select max("lsn") as newest from "Projection" where "tenantId" = ${ctx.tenant}) n
    left join lateral (
      select c.written, c.query::text as query, c.stem, k.known, m.close
      from (select g.*, plainto_tsquery('english', g.written) as query, v.stems, v.stems[1] as stem,
          case when length(v.stems[1]) < 6 then 2 else 3 end as edge
        from unnest(${chunks}::text[]) with ordinality g(written, ord)
        cross join lateral (select tsvector_to_array(to_tsvector('english', g.written)) as stems) v) c
      cross join lateral (select cardinality(c.stems) <> 1 or not c.stem ${LETTERS} or exists (
        select from "Term" t where t."tenantId" = ${ctx.tenant} and t."term" = c.stem) as known) k
      left join lateral (select array_agg(t."term") as close from (
        select t."term" from "Term" t where not k.known and t."tenantId" = ${ctx.tenant}
        and (t."term" % c.stem or t."term" like left(c.stem, c.edge) || '%'
          or t."term" like '%' || right(c.stem, 3))
        and length(t."term") between length(c.stem) - 2 and length(c.stem) + 2
        order by similarity(t."term", c.stem) desc, t."term" limit 40) t) m on true
      where numnode(c.query) > 0 order by c.ord) w on true`;
  const words = new Map<string, Word>();
  for (const row of rows) {
    if (!row.query) continue;
    const close = row.known ? [] : nearest(row.stem ?? "", row.close ?? []);
    if (!row.known && close.length === 0) continue;
    const query = row.known ? row.query : close.map(quoteLexeme).join(" | ");
    if (!words.has(query)) words.set(query, { written: row.written, query: `(${query})`, close });
  }
  const kept = [...words.values()];
  const longest = new Set([...kept].sort((a, b) => b.written.length - a.written.length).slice(0, MOST_WORDS));
  return { words: kept.filter((word) => longest.has(word)), newestLsn: Number(rows[0]?.newest ?? 0) };
}

function nearest(stem: string, terms: string[]): string[] {
  const most = stem.length <= 5 ? 1 : 2;
  const near = terms.map((term) => ({ term, distance: editDistance(stem, term) }));
  const least = Math.min(most, ...near.map(({ distance }) => distance));
  return near
    .filter(({ distance }) => distance === least)
    .slice(0, MOST_CLOSE)
    .map(({ term }) => term);
}
