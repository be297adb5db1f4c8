import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import type { Found } from "./load-hits.ts";
import type { Edge, ObjectVersion } from "./schema.ts";
import { derivedVisibleSql } from "./visible-sql.ts";
import { versionsSql, WIRE } from "./wire-sql.ts";

/** What stands behind an answer. Texts are by LSN. */
export type Evidence = { edges: Edge[]; versions: ObjectVersion[]; texts: Record<string, string> };

/** Nothing stands behind an empty answer, or one that asked for ids alone. */
export const NO_EVIDENCE: Evidence = { edges: [], versions: [], texts: {} };

/**
 * The texts of the hits, and of all objects the edges that the caller may see and the versions; as of a moment, those that
 * had begun then.
 */
export async function evidenceOf(
  ctx: Ctx,
  objects: readonly string[],
  hits: readonly Found[],
  asOf?: string,
): Promise<Evidence> {
  if (objects.length === 0) return NO_EVIDENCE;
  const ids = Prisma.sql`${objects}::text[]`;
  const begun = (column: string) =>
    asOf ? Prisma.sql`and x.${Prisma.raw(`"${column}"`)} <= ${asOf}::timestamptz` : Prisma.empty;
  const [row] = await ctx.db.$queryRaw<Evidence[]>`select
    (select coalesce(jsonb_agg(e.edge), '[]') from (select ${WIRE.Edge} as edge from "Edge" x
      where x."tenantId" = ${ctx.tenant} and (x."srcObjectId" = any(${ids}) or x."dstObjectId" = any(${ids}))
      and ${derivedVisibleSql(ctx, "x", "edgeId")} ${begun("createdTime")}
      order by x."lsn", x."edgeId" limit ${limits.memoryEdges}) e) as edges,
    (select coalesce(jsonb_agg(${WIRE.ObjectVersion} order by x."lsn"), '[]')
      from ${versionsSql(ctx.tenant, ids)} x where true ${begun("validFrom")}) as versions,
    (select coalesce(jsonb_object_agg(h.lsn, coalesce(m."content", v."body"->>'content', '')), '{}')
      from unnest(${hits.map(({ lsn }) => lsn)}::bigint[], ${hits.map(({ memoryId }) => memoryId)}::text[]) h(lsn, id)
      left join "Memory" m on m."tenantId" = ${ctx.tenant} and m."memoryId" = h.id and m."lsn" = h.lsn
      left join "ObjectVersion" v on m."lsn" is null and v."tenantId" = ${ctx.tenant} and v."objectId" = h.id
        and v."lsn" = h.lsn) as texts`;
  return row ?? NO_EVIDENCE;
}
