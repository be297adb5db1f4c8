import { Prisma } from "#lib/db.ts";
import type { ObjectType } from "./schema.ts";

/** An object, wherever it is kept. */
export type ObjectKey = { tenantId: string; objectType: ObjectType; objectId: string };

/**
 * A query for the LSN at which each of some objects was last written: rows of `tenantId`, `objectType`, `objectId`,
 * `lsn`, none for an object that is not there. An agent or session that events only mention has not been written.
 */
export function lastWrittenSql(keys: readonly ObjectKey[]): Prisma.Sql {
  const given = Prisma.sql`json_to_recordset(${JSON.stringify(keys)}::json)
    as k("tenantId" text, "objectType" text, "objectId" text)`;
  return Prisma.sql`select v."tenantId", v."objectType", v."objectId", max(v."lsn") as "lsn"
      from ${given} join "ObjectVersion" v on v."tenantId" = k."tenantId" and v."objectId" = k."objectId"
        and v."objectType" = k."objectType" group by 1, 2, 3
    union all select e."tenantId", k."objectType", e."edgeId", e."lsn"
      from ${given} join "Edge" e on e."tenantId" = k."tenantId" and e."edgeId" = k."objectId"
      where k."objectType" = 'edge'`;
}
