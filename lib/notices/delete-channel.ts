import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { findChannel } from "./load-channel.ts";

/** Forgets a channel, its secret and its messages. @throws AppError `permission_denied`, `channel_not_found` */
export async function deleteChannel({ ctx, id }: { ctx: Ctx; id: string }): Promise<void> {
  requirePermission(ctx, "settings.write");
  await ctx.db.$transaction(async (tx) => {
    const row = await findChannel(tx, ctx.tenant, id);
    await tx.channel.delete({ where: { id } });
    await emitAudit(tx, ctx, {
      action: "channel.deleted",
      entityType: "channel",
      entityId: id,
      entityName: row.name,
      before: { kind: row.kind, config: row.config, topics: row.topics, pipelines: row.pipelines },
    });
  });
}
