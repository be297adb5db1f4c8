import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { visibleSql } from "#lib/memory/index.ts";
import { headOf, type LogPage, readLog } from "./read-log.ts";
import { type TailPage, TailQuery } from "./schema.ts";

/** Which events a reader wants; what it may not see is left out besides. */
export type TailFilter = Pick<TailQuery, "agent_id" | "session_id" | "event_type">;

/**
 * A page of the log in LSN order. `next_lsn` is where to go on; with a filter a page may be short, even empty, before
 * `head_lsn`. A tombstone stands where its event stood.
 * @throws AppError `permission_denied`
 */
export async function tailEvents({ ctx, input }: { ctx: Ctx; input: Partial<TailQuery> }): Promise<TailPage> {
  requirePermission(ctx, "memory.read");
  const { from_lsn, limit, ...filter } = TailQuery.parse(input);
  const after = from_lsn ?? (await beforeNewest(ctx, limit, filter));
  const { events, scanned, head } = await readTail(ctx, { after, limit, filter });
  return { events, next_lsn: scanned, head_lsn: head };
}

/** One read of the log as this caller sees it. */
export function readTail(
  ctx: Ctx,
  { after, limit, filter }: { after: number; limit: number; filter: TailFilter },
): Promise<LogPage> {
  return readLog(ctx.db, { tenant: ctx.tenant, after, limit, where: condition(ctx, filter) });
}

/** The LSN after which the newest `limit` events lie, as far back as one window reaches. */
async function beforeNewest(ctx: Ctx, limit: number, filter: TailFilter): Promise<number> {
  const where = condition(ctx, filter) ?? Prisma.sql`true`;
  const [row] = await ctx.db.$queryRaw<{ lsn: bigint | null }[]>`
    select min("lsn") as lsn from (
      select "lsn" from (
        select e."lsn", ${where} as wanted from "Event" e where e."tenantId" = ${ctx.tenant}
        order by e."lsn" desc limit ${limits.tailWindow}) looked
      where wanted order by "lsn" desc limit ${limit}) newest`;
  return row?.lsn ? Number(row.lsn) - 1 : headOf(ctx);
}

/** What this caller wants and may see; nothing where it may see everything and wants everything. */
function condition(ctx: Ctx, filter: TailFilter): Prisma.Sql | undefined {
  const wanted = [
    ["agentId", filter.agent_id],
    ["sessionId", filter.session_id],
    ["eventType", filter.event_type],
  ].flatMap(([column, value]) =>
    value === undefined ? [] : [Prisma.sql`e.${Prisma.raw(`"${column}"`)} = ${value}`],
  );
  if (!ctx.roles.includes("ROLE_ADMIN")) wanted.push(Prisma.sql`${visibleSql(ctx, "e")}`);
  return wanted.length > 0 ? Prisma.join(wanted, " and ") : undefined;
}
