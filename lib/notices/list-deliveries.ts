import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Prisma } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { findChannel } from "./load-channel.ts";
import type { Notice } from "./notice.ts";
import type { Delivery } from "./schema.ts";

/** The latest messages of a channel, newest first. @throws AppError `permission_denied`, `channel_not_found` */
export async function listDeliveries({ ctx, id }: { ctx: Ctx; id: string }): Promise<{ data: Delivery[] }> {
  requirePermission(ctx, "settings.read");
  await findChannel(ctx.db, ctx.tenant, id);
  const rows = await ctx.db.delivery.findMany({
    where: { channelId: id, tenantId: ctx.tenant },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: limits.deliveriesShown,
  });
  return { data: rows.map(presentDelivery) };
}

/** What anyone in the tenant may see of a message. */
export function presentDelivery(row: Prisma.DeliveryGetPayload<object>): Delivery {
  const { id, topic, attempts, lastError, subject } = row;
  const { data } = row.body as Partial<Notice>;
  return {
    ...{ id, topic, attempts, lastError },
    summary: data?.summary ?? null,
    runId: subject.startsWith("run:") ? (subject.split(":")[1] ?? null) : null,
    status: row.status as Delivery["status"],
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    deliveredAt: row.deliveredAt?.toISOString() ?? null,
  };
}
