import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { findChannel, presentChannel } from "./load-channel.ts";
import type { Channel } from "./schema.ts";

/** One channel, without its secret. @throws AppError `permission_denied`, `channel_not_found` */
export async function getChannel({ ctx, id }: { ctx: Ctx; id: string }): Promise<Channel> {
  requirePermission(ctx, "settings.read");
  return presentChannel(await findChannel(ctx.db, ctx.tenant, id));
}
