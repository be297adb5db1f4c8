import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import { findSource } from "./load-source.ts";
import { SourceFields } from "./schema.ts";

/**
 * Forgets a source and its secrets, in the caller's transaction. Whoever calls it has made sure that no pipeline reads
 * from it.
 * @throws AppError `permission_denied`, `source_not_found`
 */
export async function deleteSource(tx: Tx, ctx: Ctx, ref: string): Promise<void> {
  requirePermission(ctx, "sources.write");
  const row = await findSource(tx, ctx.tenant, ref);
  await tx.source.delete({ where: { id: row.id } });
  await emitAudit(tx, ctx, {
    action: "source.deleted",
    entityType: "source",
    entityId: row.id,
    entityName: row.title,
    before: { name: row.name, connector: row.connector, config: SourceFields.parse(row.config) },
  });
}
