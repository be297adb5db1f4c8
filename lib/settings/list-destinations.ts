import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { presentDestination } from "./load-destination.ts";

/** Every destination of the tenant, by name, without passwords. @throws AppError `permission_denied` */
export async function listDestinations({ ctx }: { ctx: Ctx }) {
  requirePermission(ctx, "settings.read");
  const rows = await ctx.db.destination.findMany({
    where: { tenantId: ctx.tenant },
    orderBy: { name: "asc" },
  });
  return { data: rows.map(presentDestination) };
}
