import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import type { MemoryDetail } from "./schema.ts";
import { derivedVisibleSql, shownSql, visibleSql } from "./visible-sql.ts";
import { versionsSql, WIRE } from "./wire-sql.ts";

/** Messages before it and as many after it in its session. */
const NEIGHBOURS = 5;

/**
 * One memory with what is around it: versions, edges in both directions, what else its events became, and its neighbours
 * in the session, oldest first.
 * @throws AppError `permission_denied`; `memory_not_found` also where the caller may not see it
 */
export async function getMemory({ ctx, input }: { ctx: Ctx; input: { id: string } }): Promise<MemoryDetail> {
  requirePermission(ctx, "memory.read");
  const { tenant } = ctx;
  const visible = Prisma.sql`${visibleSql(ctx, "p")} and ${shownSql("p")}`;
  const beside = (table: "State" | "Artifact", id: string) => Prisma.sql`(
    select coalesce(jsonb_agg(${WIRE[table]} order by x."lsn"), '[]')
    from ${Prisma.raw(`"${table}"`)} x, found m where x."tenantId" = ${tenant} and x."sessionId" = m."sessionId"
    and x."lsn" in (select "lsn" from versions) and ${derivedVisibleSql(ctx, "x", id)})`;
  const around = (sign: string, order: string) => Prisma.sql`(
    select p."memoryId" from "Projection" p, found m where p."tenantId" = ${tenant} and m."sessionId" <> ''
    and p."sessionId" = m."sessionId" and p."lsn" ${Prisma.raw(sign)} m."lsn" and ${visible}
    order by p."lsn" ${Prisma.raw(order)} limit ${NEIGHBOURS})`;
  const [row] = await ctx.db.$queryRaw<Record<keyof MemoryDetail, never>[]>`
    with found as (select x.* from "Memory" x join "Projection" p on p."lsn" = x."lsn"
        and p."tenantId" = x."tenantId"
      where x."tenantId" = ${tenant} and x."memoryId" = ${input.id} and ${visible}),
    versions as (select * from ${versionsSql(tenant, Prisma.sql`array(select "memoryId" from found)`)} v
      where v."objectType" = 'memory')
    select ${WIRE.Memory} as memory,
      (select coalesce(jsonb_agg(${WIRE.ObjectVersion} order by x."lsn"), '[]') from versions x) as versions,
      (select coalesce(jsonb_agg(e.edge), '[]') from (select ${WIRE.Edge} as edge from "Edge" x
        where x."tenantId" = ${tenant} and ${derivedVisibleSql(ctx, "x", "edgeId")}
        and (x."srcObjectId" = ${input.id} or x."dstObjectId" = ${input.id})
        order by x."lsn", x."edgeId" limit ${limits.memoryEdges}) e) as edges,
      ${beside("State", "stateId")} as states, ${beside("Artifact", "artifactId")} as artifacts,
      (select coalesce(jsonb_agg(n.memory order by n."lsn"), '[]') from (
        select ${WIRE.Memory} as memory, x."lsn" from "Memory" x where x."tenantId" = ${tenant}
        and x."memoryId" in (${around("<", "desc")} union all ${around(">", "asc")})) n) as neighbours
    from found x`;
  if (!row) throw new AppError("memory_not_found", "There is no such memory, or you may not see it.");
  return row;
}
