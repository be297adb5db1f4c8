import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import type { Edge, ObjectVersion } from "./schema.ts";
import { derivedVisibleSql } from "./visible-sql.ts";
import { versionsSql, WIRE } from "./wire-sql.ts";

/** The edges of some objects that the caller may see, and their versions; as of a moment, those that had begun then. */
export async function evidenceOf(
  ctx: Ctx,
  objects: readonly string[],
  asOf?: string,
): Promise<{ edges: Edge[]; versions: ObjectVersion[] }> {
  if (objects.length === 0) return { edges: [], versions: [] };
  const ids = Prisma.sql`${objects}::text[]`;
  const begun = (column: string) =>
    asOf ? Prisma.sql`and x.${Prisma.raw(`"${column}"`)} <= ${asOf}::timestamptz` : Prisma.empty;
  const [row] = await ctx.db.$queryRaw<{ edges: Edge[]; versions: ObjectVersion[] }[]>`select
    (select coalesce(jsonb_agg(e.edge), '[]') from (select ${WIRE.Edge} as edge from "Edge" x
      where x."tenantId" = ${ctx.tenant} and (x."srcObjectId" = any(${ids}) or x."dstObjectId" = any(${ids}))
      and ${derivedVisibleSql(ctx, "x", "edgeId")} ${begun("createdTime")}
      order by x."lsn", x."edgeId" limit ${limits.memoryEdges}) e) as edges,
    (select coalesce(jsonb_agg(${WIRE.ObjectVersion} order by x."lsn"), '[]')
      from ${versionsSql(ctx.tenant, ids)} x where true ${begun("validFrom")}) as versions`;
  return row ?? { edges: [], versions: [] };
}
