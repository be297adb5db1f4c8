import type { ClientBase } from "pg";
import { copyRows } from "#lib/copy-rows.ts";
import { Prisma } from "#lib/db.ts";
import {
  INSERT_PROJECTIONS,
  INSERT_TERMS,
  NEW_TERMS,
  namedObjectsSql,
  PROJECTED_ROWS,
} from "./apply-changes.ts";
import type { Changes } from "./changes.ts";
import { DERIVED_TABLES, type DerivedTableName } from "./derived-tables.ts";
import { foldChanges } from "./fold-changes.ts";

/**
 * What {@link applyChangesSql} does, for many changes none of whose objects is there yet: rows go in by COPY, only what
 * the database makes itself goes by a statement. PostgreSQL alone takes it.
 * @returns CTEs for the caller's statement that follows, in the same transaction.
 * @throws the database's 23505 if some object is there already; nothing but a rollback helps then.
 */
export async function copyChanges(client: ClientBase, changes: Changes): Promise<{ ctes: Prisma.Sql }> {
  const { memories, edges, states, artifacts, objects, versions } = foldChanges(changes);
  await copyRows(client, "Memory", columnsOf("Memory"), memories);
  await copyRows(client, "Edge", columnsOf("Edge"), edges);
  await copyRows(client, "State", columnsOf("State"), states);
  await copyRows(client, "Artifact", columnsOf("Artifact"), artifacts);
  await copyRows(client, "ObjectVersion", columnsOf("ObjectVersion"), versions);
  const tenants = memories.map(({ tenantId }) => tenantId);
  const ids = memories.map(({ memoryId }) => memoryId);
  const ctes = [
    Prisma.sql`memory_given as (select m.* from unnest(${tenants}::text[], ${ids}::text[]) k(t, i)
      join "Memory" m on m."tenantId" = k.t and m."memoryId" = k.i)`,
    PROJECTED_ROWS,
    INSERT_PROJECTIONS,
    NEW_TERMS,
    INSERT_TERMS,
    namedObjectsSql(objects),
  ];
  return { ctes: Prisma.join(ctes, ",\n") };
}

function columnsOf(table: DerivedTableName): readonly string[] {
  return DERIVED_TABLES.find(({ name }) => name === table)?.columns ?? [];
}
