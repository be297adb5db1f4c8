import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { presentDelivery } from "./list-deliveries.ts";
import { findChannel } from "./load-channel.ts";
import type { Delivery } from "./schema.ts";

/**
 * Sends a message that is waiting, or was given up, once more and at once, with all its attempts before it.
 * @throws AppError `permission_denied`, `channel_not_found`, `not_found`, `conflict` if it was taken, or the channel is off
 */
export async function retryDelivery({
  ctx,
  id,
  deliveryId,
}: {
  ctx: Ctx;
  id: string;
  deliveryId: string;
}): Promise<Delivery> {
  requirePermission(ctx, "settings.write");
  return ctx.db.$transaction(async (tx) => {
    const channel = await findChannel(tx, ctx.tenant, id);
    const row = await tx.delivery.findFirst({
      where: { id: deliveryId, channelId: id, tenantId: ctx.tenant },
    });
    if (!row) throw new AppError("not_found", "There is no such message.");
    if (row.status === "delivered") throw new AppError("conflict", "The receiver has taken this message.");
    if (!channel.enabled) throw new AppError("conflict", "The channel is switched off. Switch it on first.");
    const saved = await tx.delivery.update({
      where: { id: deliveryId },
      data: { status: "waiting", attempts: 0, nextAttemptAt: new Date() },
    });
    await emitAudit(tx, ctx, {
      action: "delivery.retried",
      entityType: "channel",
      entityId: id,
      entityName: channel.name,
      after: { deliveryId, topic: row.topic },
    });
    return presentDelivery(saved);
  });
}
