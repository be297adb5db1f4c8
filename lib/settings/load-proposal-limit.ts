import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";

/** How many proposals the tenant may ask for in any 60 minutes: what its administrator set, else the usual number. */
export async function loadProposalLimit({ ctx }: { ctx: Pick<Ctx, "tenant" | "db"> }): Promise<number> {
  const row = await ctx.db.tenantSetting.findUnique({
    where: { tenantId: ctx.tenant },
    select: { proposalsPerHour: true },
  });
  return row?.proposalsPerHour ?? limits.proposalsPerHour;
}
