import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";

/**
 * Whether the caller may see a row that has `tenantId`, `agentId`, `workspaceId`, `visibility` and `visibleTime`.
 * Administrators see all; `shared` and `tenant` everyone in the tenant; `workspace` everyone, of the keys bound to an
 * agent only those whose agent was written down (POST /v1/agents) as of that workspace, which such a key cannot do for
 * itself; `audit` nobody else; everything else only a key bound to the row's agent. What becomes visible later is hidden
 * until then.
 */
export function visibleSql(ctx: Ctx, alias: string): Prisma.Sql {
  const row = Prisma.raw(`"${alias}"`);
  if (seesAll(ctx)) return Prisma.sql`${row}."tenantId" = ${ctx.tenant}`;
  const own = ctx.agentId ? Prisma.sql`${row}."agentId" = ${ctx.agentId}` : Prisma.sql`false`;
  const member = ctx.agentId
    ? Prisma.sql`(${own} or exists (select from "NamedObject" n where n."tenantId" = ${ctx.tenant}
        and n."objectType" = 'agent' and n."objectId" = ${ctx.agentId} and not n."mentioned"
        and n."workspaceId" = ${row}."workspaceId" and n."workspaceId" <> ''))`
    : Prisma.sql`true`;
  return Prisma.sql`(${row}."tenantId" = ${ctx.tenant} and ${shownSql(alias)} and case ${row}."visibility"
    when 'shared' then true when 'tenant' then true when 'audit' then false
    when 'workspace' then ${member} else ${own} end)`;
}

/** Whether the time has come from which a row is to be seen. */
export function shownSql(alias: string): Prisma.Sql {
  const time = Prisma.raw(`"${alias}"."visibleTime"`);
  return Prisma.sql`(${time} is null or ${time} <= now())`;
}

/**
 * Whether the caller may see a row that was derived beside a memory: what it may of the memory of the same event. What
 * somebody wrote as an object of its own is everyone's in the tenant.
 * @param id the column that names the object
 */
export function derivedVisibleSql(ctx: Ctx, alias: string, id: string): Prisma.Sql {
  const row = Prisma.raw(`"${alias}"`);
  if (seesAll(ctx)) return Prisma.sql`${row}."tenantId" = ${ctx.tenant}`;
  return Prisma.sql`(${row}."tenantId" = ${ctx.tenant} and coalesce(
    (select ${visibleSql(ctx, "beside")} from "Projection" "beside" where "beside"."lsn" = ${row}."lsn"),
    exists (select from "ObjectVersion" w where w."tenantId" = ${ctx.tenant}
      and w."objectId" = ${row}.${Prisma.raw(`"${id}"`)} and w."lsn" = ${row}."lsn" and w."body" is not null)))`;
}

function seesAll(ctx: Ctx): boolean {
  return ctx.roles.includes("ROLE_ADMIN");
}
