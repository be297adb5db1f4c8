import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { presentChannel } from "./load-channel.ts";
import type { Channel } from "./schema.ts";

/** Every channel of the tenant, by name, without secrets. @throws AppError `permission_denied` */
export async function listChannels({ ctx }: { ctx: Ctx }): Promise<{ data: Channel[] }> {
  requirePermission(ctx, "settings.read");
  const rows = await ctx.db.channel.findMany({
    where: { tenantId: ctx.tenant },
    orderBy: { name: "asc" },
  });
  return { data: rows.map(presentChannel) };
}
