import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import type { QueryInput } from "./schema.ts";
import { shownSql, visibleSql } from "./visible-sql.ts";

/** The conditions of a query on retrieval rows aliased `p`, and what they are called in the answer. */
export type QueryFilters = { where: Prisma.Sql; names: string[] };

/**
 * What a query leaves out, with what the caller may not see.
 * @throws AppError `tenant_mismatch` for another tenant; `bad_request` for a scope whose id is not given
 */
export function queryFilters(ctx: Ctx, input: QueryInput): QueryFilters {
  if (input.tenant_id !== undefined && input.tenant_id !== ctx.tenant)
    throw new AppError("tenant_mismatch", "tenant_id is not the tenant of your credential.");
  const conditions = [visibleSql(ctx, "p"), shownSql("p"), Prisma.sql`p."isActive"`];
  const names = [`tenant=${ctx.tenant}`, "visibility", "visible_time", "is_active"];
  const add = (name: string, condition: Prisma.Sql) => {
    names.push(name);
    conditions.push(condition);
  };
  addScope(input, add);
  if (input.session_id) add("session_id", Prisma.sql`p."sessionId" = ${input.session_id}`);
  if (input.agent_id) add("agent_id", Prisma.sql`p."agentId" = ${input.agent_id}`);
  if (input.workspace_id) add("workspace_id", Prisma.sql`p."workspaceId" = ${input.workspace_id}`);
  if (input.memory_types?.length)
    add("memory_types", Prisma.sql`p."memoryType" = any(${input.memory_types}::text[])`);
  const { from, to } = input.time_window ?? {};
  if (from) add("time_window.from", Prisma.sql`p."validFrom" >= ${from}::timestamptz`);
  if (to) add("time_window.to", Prisma.sql`p."validFrom" <= ${to}::timestamptz`);
  if (input.relation_constraints?.length)
    add("relation_constraints", relationsSql(ctx, [...new Set(input.relation_constraints)]));
  if (input.as_of) {
    const then = Prisma.sql`${input.as_of}::timestamptz`;
    add(
      "as_of",
      Prisma.sql`p."validFrom" <= ${then} and (p."validTo" is null or p."validTo" > ${then})
        and (p."visibleTime" is null or p."visibleTime" <= ${then})`,
    );
  } else add("valid_to", Prisma.sql`(p."validTo" is null or p."validTo" > now())`);
  return { where: Prisma.join(conditions, " and "), names };
}

function addScope(
  { query_scope, session_id, workspace_id }: QueryInput,
  add: (name: string, condition: Prisma.Sql) => void,
): void {
  if (query_scope === undefined) return;
  if (query_scope === "tenant") add("query_scope=tenant", Prisma.sql`true`);
  else if (query_scope === "session")
    add("query_scope=session", Prisma.sql`p."sessionId" = ${needed("session_id", session_id)}`);
  else if (query_scope === "workspace")
    add("query_scope=workspace", Prisma.sql`p."workspaceId" = ${needed("workspace_id", workspace_id)}`);
  else add("query_scope", Prisma.sql`p."workspaceId" = ${query_scope}`);
}

function needed(field: string, value: string | undefined): string {
  if (value) return value;
  const message = `This scope needs a ${field}`;
  throw new AppError("bad_request", message, {
    issues: [{ code: "field_missing", path: `/${field}`, message }],
  });
}

/** An edge of each of the types begins or ends at the memory. */
function relationsSql(ctx: Ctx, types: string[]): Prisma.Sql {
  return Prisma.sql`not exists (select from unnest(${types}::text[]) wanted(type) where not exists (
    select from "Edge" e where e."tenantId" = ${ctx.tenant} and e."edgeType" = wanted.type
    and (e."srcObjectId" = p."memoryId" or e."dstObjectId" = p."memoryId")))`;
}
