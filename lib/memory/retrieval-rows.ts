import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { PROJECTED } from "./derived-tables.ts";
import { LSN_BUCKET_BITS } from "./terms-sql.ts";

/** What to look through: `rows` stands after `from`; `earlier` is a CTE that it needs, with its comma, or nothing. */
export type RetrievalRows = { earlier: Prisma.Sql; rows: Prisma.Sql };

/**
 * The retrieval rows to look through. As of a moment, also memories that somebody has written again since, as they were:
 * of the versions that had begun the last one, if its text was kept with it.
 */
export function retrievalRows(ctx: Ctx, asOf: string | undefined): RetrievalRows {
  if (asOf === undefined) return { earlier: Prisma.empty, rows: Prisma.sql`"Projection"` };
  const columns = Prisma.raw([...PROJECTED, "terms"].map((name) => `"${name}"`).join(", "));
  const text = (field: string) => Prisma.raw(`coalesce(v."body"->>'${field}', '')`);
  const moment = (field: string) => Prisma.raw(`(v."body"->>'${field}')::timestamptz`);
  const earlier = Prisma.sql`earlier(${columns}) as materialized (
    select v."lsn", v."tenantId", v."objectId", coalesce(nullif(${text("memory_type")}, ''), 'episodic'),
      ${text("workspace_id")}, ${text("agent_id")}, ${text("session_id")}, ${text("visibility")},
      coalesce((v."body"->>'importance')::float8, 0), ${moment("visible_time")}, v."validFrom",
      ${moment("valid_to")}, coalesce((v."body"->>'is_active')::boolean, true),
      to_tsvector('english', left(coalesce(nullif(${text("content")}, ''), ${text("summary")}),
        ${limits.indexedChars}::int)) || array_to_tsvector(array['@tenant=' || v."tenantId",
        '@' || (v."lsn" >> ${LSN_BUCKET_BITS}::int) || '@' || v."tenantId"])
    from "ObjectVersion" v
    join "Memory" m on m."tenantId" = v."tenantId" and m."memoryId" = v."objectId" and m."lsn" <> v."lsn"
    where v."tenantId" = ${ctx.tenant} and v."objectType" = 'memory' and v."body" is not null
    and v."validFrom" <= ${asOf}::timestamptz and not exists (select from "ObjectVersion" later
      where later."tenantId" = v."tenantId" and later."objectId" = v."objectId" and later."lsn" > v."lsn"
      and later."objectType" = 'memory' and later."validFrom" <= ${asOf}::timestamptz)),`;
  return {
    earlier,
    rows: Prisma.sql`(select ${columns} from "Projection" union all select ${columns} from earlier)`,
  };
}
