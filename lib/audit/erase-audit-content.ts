import type { Tx } from "../db.ts";

/**
 * Erases the content of the tenant's audit rows that are about one of these things or name one in a value. The chain
 * holds without it. Part of the caller's transaction; call it before {@link import("./emit-audit.ts").emitAudit}.
 * @param ids what is named, word for word.
 * @returns how many rows lost their content.
 */
export async function eraseAuditContent(tx: Tx, tenant: string, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  return tx.$executeRaw`delete from "AuditContent" c using "AuditLog" l
    where l."tenantId" = ${tenant} and c."auditLogId" = l."id" and c."tenantId" = ${tenant}
    and (l."entityId" = any(${ids}::text[]) or c."entityName" = any(${ids}::text[])
      or jsonb_path_query_array(jsonb_build_array(c."changes", c."before", c."after"),
        'strict $.** ? (@.type() == "string")') ?| ${ids}::text[])`;
}
