import type { ClientBase } from "pg";
import { copyRows } from "#lib/copy-rows.ts";
import { Prisma } from "#lib/db.ts";
import { INSERT_TERMS, namedObjectsSql, PROJECTED_ROWS } from "./apply-changes.ts";
import type { Changes, MemoryRow } from "./changes.ts";
import { DERIVED_TABLES, type DerivedTableName } from "./derived-tables.ts";
import { foldChanges } from "./fold-changes.ts";
import { wordsOfSql } from "./terms-sql.ts";

type Rows = readonly Readonly<Record<string, unknown>>[];

/**
 * What {@link applyChangesSql} does, for many changes none of whose objects is there yet: rows go in by COPY, while on a
 * second connection the database takes their texts apart. PostgreSQL alone takes it.
 * @param before rows of the caller's own that go in first.
 * @returns CTEs for the caller's statement that follows, in the same transaction.
 * @throws the database's 23505 if some object is there already; nothing but a rollback helps then.
 */
export async function copyChanges({
  client,
  side,
  changes,
  before,
}: {
  client: ClientBase;
  side: ClientBase;
  changes: Changes;
  before: { table: string; rows: Rows };
}): Promise<{ ctes: Prisma.Sql }> {
  const { memories, edges, states, artifacts, objects, versions } = foldChanges(changes);
  const reading = readTexts(side, memories);
  reading.catch(() => undefined);
  await copyRows(client, before.table, Object.keys(before.rows[0] ?? {}), before.rows);
  await copyRows(client, "Memory", columnsOf("Memory"), memories);
  await copyRows(client, "Edge", columnsOf("Edge"), edges);
  await copyRows(client, "State", columnsOf("State"), states);
  await copyRows(client, "Artifact", columnsOf("Artifact"), artifacts);
  await copyRows(client, "ObjectVersion", columnsOf("ObjectVersion"), versions);
  const { terms, words } = await reading;
  const projections = memories.map((memory, at) => ({ ...memory, terms: terms[at] }));
  await copyRows(client, "Projection", columnsOf("Projection"), projections);
  const ctes = [
    Prisma.sql`memory_new_terms as (
      select * from json_to_recordset(${JSON.stringify(words)}::json) w("tenantId" text, "term" text))`,
    INSERT_TERMS,
    namedObjectsSql(objects),
  ];
  return { ctes: Prisma.join(ctes, ",\n") };
}

type Read = { terms: string[]; words: { tenantId: string; term: string }[] };

/** What each memory is found by, in their order, and all their words. It depends on their texts alone. */
async function readTexts(side: ClientBase, memories: readonly MemoryRow[]): Promise<Read> {
  const { text, values } = Prisma.sql`with memory_given as (
      select * from unnest(${memories.map(({ lsn }) => lsn)}::bigint[], ${memories.map(({ tenantId }) => tenantId)}::text[],
        ${memories.map(({ content }) => content)}::text[], ${memories.map(({ summary }) => summary)}::text[])
      with ordinality g("lsn", "tenantId", "content", "summary", "at")),
    ${PROJECTED_ROWS}
    select (select coalesce(json_agg(p."terms"::text order by p."at"), '[]') from memory_projected p) as terms,
      (select coalesce(json_agg(w), '[]') from (${wordsOfSql("memory_projected")}) w) as words`;
  const { rows } = await side.query<Read>({ name: "memory-read-texts", text, values });
  const [read] = rows;
  if (!read) throw new Error("The database gave no words");
  return read;
}

function columnsOf(table: DerivedTableName): readonly string[] {
  return DERIVED_TABLES.find(({ name }) => name === table)?.columns ?? [];
}
