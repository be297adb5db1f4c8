import { Prisma } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import type { Changes, NamedObjectRow } from "./changes.ts";
import { DERIVED_TABLES, type DerivedTableName, PROJECTED } from "./derived-tables.ts";
import { foldChanges } from "./fold-changes.ts";
import { LSN_BUCKET_BITS, unusedTermsSql, wordsOfSql } from "./terms-sql.ts";

/**
 * What writes derived rows, and nothing else does: CTEs for the caller's one statement, as `name as (insert …), …`
 * without the leading `with`; all names begin with `memory_`. Rows travel as json, tables are named without a schema (so
 * `search_path` decides), and neither clocks nor chance play a part: the same log gives the same bytes. Applying changes
 * again, or late, changes nothing: a row only gives way to one of a later LSN, a mention to a write or an earlier mention.
 */
export function applyChangesSql(changes: Changes): { ctes: Prisma.Sql } {
  const { memories, edges, states, artifacts, objects, versions } = foldChanges(changes);
  const ctes = [
    Prisma.sql`memory_given as (select * from ${rowsOf("Memory", memories)})`,
    NEWEST_PROJECTED_ROWS,
    REPLACED,
    Prisma.sql`memory_memories as (
      insert into "Memory" ${into("Memory")} select ${columns("Memory")} from memory_given
      ${replacing("Memory")} where "Memory"."lsn" <= excluded."lsn")`,
    FORGET_PROJECTIONS,
    INSERT_PROJECTIONS,
    NEW_TERMS,
    INSERT_TERMS,
    Prisma.sql`memory_unused as (${unusedTermsSql("memory_replaced", "memory_new_terms")})`,
    Prisma.sql`memory_forgotten_terms as (delete from "Term" t using memory_unused u
      where t."tenantId" = u."tenantId" and t."term" = u."term")`,
    upsert("Edge", edges),
    upsert("State", states),
    upsert("Artifact", artifacts),
    upsert("ObjectVersion", versions),
    namedObjectsSql(objects),
  ];
  return { ctes: Prisma.join(ctes, ",\n") };
}

/** Rows of `memory_given`, with the words that they are found by. */
const WITH_TERMS = Prisma.sql`select g.*,
    to_tsvector('english', left(coalesce(nullif(g."content", ''), g."summary"), ${limits.indexedChars}::int))
    || array_to_tsvector(array['@tenant=' || g."tenantId",
      '@' || (g."lsn" >> ${LSN_BUCKET_BITS}::int) || '@' || g."tenantId"]) as "terms"
  from memory_given g`;

/** Memories that are projected, where it is known that all of them are new. */
export const PROJECTED_ROWS = Prisma.sql`memory_projected as (${WITH_TERMS})`;

/** Those that are the newest of their key. */
const NEWEST_PROJECTED_ROWS = Prisma.sql`memory_projected as (${WITH_TERMS}
  left join "Memory" m on m."tenantId" = g."tenantId" and m."memoryId" = g."memoryId"
  where m."lsn" is null or m."lsn" <= g."lsn")`;

const REPLACED = Prisma.sql`memory_replaced as (
  select p."lsn", p."tenantId", p."terms" from memory_projected n
  join "Memory" m on m."tenantId" = n."tenantId" and m."memoryId" = n."memoryId" and m."lsn" < n."lsn"
  join "Projection" p on p."lsn" = m."lsn" and p."tenantId" = m."tenantId")`;

const FORGET_PROJECTIONS = Prisma.sql`memory_forgotten as (
  delete from "Projection" p using memory_replaced r where p."lsn" = r."lsn")`;

const INSERT_PROJECTIONS = Prisma.sql`memory_projections as (
  insert into "Projection" ${into("Projection")} select ${list(PROJECTED)}, "terms" from memory_projected
  ${replacing("Projection")})`;

const NEW_TERMS = Prisma.sql`memory_new_terms as (${wordsOfSql("memory_projected")})`;

export const INSERT_TERMS = Prisma.sql`memory_terms as (
  insert into "Term" ("tenantId", "term") select "tenantId", "term" from memory_new_terms on conflict do nothing)`;

/** A write replaces what is there, a mention only a later mention. */
export function namedObjectsSql(objects: readonly NamedObjectRow[]): Prisma.Sql {
  return Prisma.sql`memory_namedobject as (
    insert into "NamedObject" ${into("NamedObject")}
    select ${columns("NamedObject")} from ${rowsOf("NamedObject", objects)} r
    where not (r."mentioned" and exists (select from "NamedObject" n where n."tenantId" = r."tenantId"
      and n."objectType" = r."objectType" and n."objectId" = r."objectId"
      and (not n."mentioned" or n."lsn" <= r."lsn")))
    ${replacing("NamedObject")} where "NamedObject"."mentioned"
      and (not excluded."mentioned" or excluded."lsn" < "NamedObject"."lsn")
      or not excluded."mentioned" and "NamedObject"."lsn" <= excluded."lsn")`;
}

/** Rows that came as json, as rows of the table. */
function rowsOf(table: DerivedTableName, rows: readonly unknown[]): Prisma.Sql {
  return Prisma.sql`json_populate_recordset(null::${Prisma.raw(`"${table}"`)}, ${JSON.stringify(rows)}::json)`;
}

function upsert(table: DerivedTableName, rows: readonly unknown[]): Prisma.Sql {
  const name = Prisma.raw(`"${table}"`);
  return Prisma.sql`${Prisma.raw(`memory_${table.toLowerCase()}`)} as (
    insert into ${name} ${into(table)} select ${columns(table)} from ${rowsOf(table, rows)}
    ${replacing(table)} where ${name}."lsn" <= excluded."lsn")`;
}

function list(names: readonly string[]): Prisma.Sql {
  return Prisma.raw(names.map((name) => `"${name}"`).join(", "));
}

function columns(table: DerivedTableName): Prisma.Sql {
  return list(DERIVED_TABLES.find(({ name }) => name === table)?.columns ?? []);
}

function into(table: DerivedTableName): Prisma.Sql {
  return Prisma.sql`(${columns(table)})`;
}

/** Everything but the key gives way to the new row. */
function replacing(table: DerivedTableName): Prisma.Sql {
  const { key, columns: all } = DERIVED_TABLES.find(({ name }) => name === table) ?? { key: [], columns: [] };
  const rest = all.filter((column) => !(key as readonly string[]).includes(column));
  const sets = rest.map((column) => `"${column}" = excluded."${column}"`).join(", ");
  return Prisma.sql`on conflict (${list(key)}) do update set ${Prisma.raw(sets)}`;
}
