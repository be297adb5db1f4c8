import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { configOf, findDestination } from "./load-destination.ts";

/** Forgets a destination and its password. @throws AppError `permission_denied`, `destination_not_found` */
export async function deleteDestination({ ctx, id }: { ctx: Ctx; id: string }): Promise<void> {
  requirePermission(ctx, "settings.write");
  await ctx.db.$transaction(async (tx) => {
    const row = await findDestination(tx, ctx.tenant, id);
    await tx.destination.delete({ where: { id } });
    await emitAudit(tx, ctx, {
      action: "destination.deleted",
      entityType: "destination",
      entityId: id,
      entityName: row.name,
      before: { kind: row.kind, config: configOf(row) },
    });
  });
}
