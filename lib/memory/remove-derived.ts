import { type Db, Prisma, type Tx } from "#lib/db.ts";
import { messageOf } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import type { Changes } from "./changes.ts";
import { quoteLexeme, wordsOfSql } from "./terms-sql.ts";
import { forgetVectors } from "./vector-store.ts";

/** Of the newest memories of a tenant so many tell which words are surely still used. */
const RECENT = 2_000;

/**
 * Removes what some events left in the derived tables, with the words that no other memory holds.
 * @param changes what the events do, as applied; a row that a later event has written since stays.
 * @returns the LSNs of events that wrote or mentioned the same objects: applying their changes again makes right what the
 * removed ones had replaced.
 */
export async function removeDerived(tx: Tx, tenant: string, changes: Changes): Promise<number[]> {
  const { memories, edges, states, artifacts, objects, versions } = changes;
  const written = memories.map(({ lsn }) => lsn);
  const words = await forgetProjections(tx, tenant, written);
  await forgetVectors(tx, tenant, written);
  await forget(tx, tenant, "Memory", ["memoryId"], memories);
  await forget(tx, tenant, "Edge", ["edgeId"], edges);
  await forget(tx, tenant, "State", ["stateId"], states);
  await forget(tx, tenant, "Artifact", ["artifactId"], artifacts);
  await forget(tx, tenant, "NamedObject", ["objectType", "objectId"], objects);
  await forget(tx, tenant, "ObjectVersion", ["objectId"], versions);
  await forgetWords(tx, tenant, words);
  const touched = [
    ...memories.map(({ memoryId }) => ({ type: "memory", id: memoryId })),
    ...edges.flatMap(({ edgeId }) => [
      { type: "edge", id: edgeId },
      // The edge of an event has no version of its own: the event's memory tells of it.
      { type: "memory", id: /^edge_(mem_.*)_(?:session|agent|causal_\d+)$/s.exec(edgeId)?.[1] ?? "" },
    ]),
    ...states.map(({ stateId }) => ({ type: "state", id: stateId })),
    ...artifacts.map(({ artifactId }) => ({ type: "artifact", id: artifactId })),
    ...objects.map(({ objectType, objectId }) => ({ type: objectType, id: objectId })),
  ];
  return remaining(tx, tenant, touched);
}

/**
 * Has the database sort what it has not yet put into the index of words: until then every look for a word reads all of it.
 * Worth its while before many words are looked up; never needed.
 */
export async function settleWords(db: Db): Promise<void> {
  await db.$queryRaw`select gin_clean_pending_list('"Projection_terms_idx"'::regclass)`.catch((error) => {
    log.debug({ reason: messageOf(error) }, "the index of words was not sorted");
  });
}

type Row = { lsn: number };

/** Deletes the rows of these keys that these LSNs wrote. */
async function forget<R extends Row>(
  tx: Tx,
  tenant: string,
  table: string,
  key: readonly (keyof R & string)[],
  rows: readonly R[],
): Promise<void> {
  if (rows.length === 0) return;
  const given = rows.map((row) =>
    Object.fromEntries(["lsn", ...key].map((name) => [name, row[name as keyof R]])),
  );
  const same = Prisma.raw(["lsn", ...key].map((name) => `t."${name}" = r."${name}"`).join(" and "));
  const columns = Prisma.raw(
    ["lsn" as string, ...key].map((name) => `"${name}" ${name === "lsn" ? "bigint" : "text"}`).join(", "),
  );
  await tx.$executeRaw`delete from ${Prisma.raw(`"${table}"`)} t
    using json_to_recordset(${JSON.stringify(given)}::json) r(${columns})
    where t."tenantId" = ${tenant} and ${same}`;
}

async function forgetProjections(tx: Tx, tenant: string, lsns: number[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ term: string }[]>`
    with removed as (delete from "Projection" p where p."tenantId" = ${tenant} and p."lsn" = any(${lsns}::bigint[])
      returning p."tenantId", p."terms")
    ${wordsOfSql("removed")}`;
  return rows.map(({ term }) => term);
}

/** The newest memories tell of most words that they are still used; the others are looked up one by one. */
async function forgetWords(tx: Tx, tenant: string, words: string[]): Promise<void> {
  if (words.length === 0) return;
  await tx.$executeRaw`with recent as materialized (
      select distinct w.lexeme from (select p."terms" from "Projection" p where p."tenantId" = ${tenant}
        order by p."lsn" desc limit ${RECENT}) newest cross join lateral unnest(newest."terms") w),
    doubtful as materialized (select g.term from unnest(${words}::text[]) g(term)
      where g.term not in (select lexeme from recent)),
    unused as materialized (select d.term from doubtful d where (select count(*) from "Projection" p
      where p."tenantId" = ${tenant}
      and p."terms" @@ (quote_literal(d.term)::tsquery && ${quoteLexeme(`@tenant=${tenant}`)}::tsquery)) = 0)
    delete from "Term" t using unused u where t."tenantId" = ${tenant} and t."term" = u.term`;
}

/** Of objects that are not there any more: who wrote them last, or who first mentioned them. */
async function remaining(tx: Tx, tenant: string, touched: { type: string; id: string }[]): Promise<number[]> {
  const rows = await tx.$queryRaw<{ lsn: bigint }[]>`
    with touched as materialized (
      select distinct r.type, r.id from json_to_recordset(${JSON.stringify(touched)}::json) r(type text, id text)),
    written as materialized (select t.type, t.id, max(v."lsn") as lsn from touched t join "ObjectVersion" v
      on v."tenantId" = ${tenant} and v."objectId" = t.id and v."objectType" = t.type group by 1, 2),
    mentioned as (select t.type, t.id, (select min(e."lsn") from "Edge" e where e."tenantId" = ${tenant}
        and e."dstObjectId" = t.id and e."dstType" = t.type and e."srcType" = 'memory'
        and e."edgeType" in ('belongs_to_session', 'owned_by_agent')) as lsn
      from touched t where t.type in ('agent', 'session')
      and not exists (select from written w where w.type = t.type and w.id = t.id)
      and not exists (select from "NamedObject" n where n."tenantId" = ${tenant}
        and n."objectType" = t.type and n."objectId" = t.id))
    select distinct lsn from (select lsn from written union all select lsn from mentioned) f where lsn is not null`;
  return rows.map(({ lsn }) => Number(lsn));
}
