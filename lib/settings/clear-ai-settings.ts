import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { presentAi } from "./get-ai-settings.ts";
import { aiInForce } from "./load-ai-choice.ts";
import type { AiSettings } from "./schema.ts";

/** Forgets the tenant's own choice and its key: the deployment's default answers again. @throws AppError `permission_denied` */
export async function clearAiSettings({ ctx }: { ctx: Ctx }): Promise<AiSettings> {
  requirePermission(ctx, "settings.write");
  return ctx.db.$transaction(async (tx) => {
    const before = await aiInForce(tx, ctx.tenant);
    if (before.from !== "tenant") return presentAi(before);
    await tx.tenantSetting.update({
      where: { tenantId: ctx.tenant },
      data: { ai: Prisma.DbNull, aiSecret: null },
    });
    const after = await aiInForce(tx, ctx.tenant);
    await emitAudit(tx, ctx, {
      action: "ai_settings.updated",
      entityType: "tenant_setting",
      entityId: ctx.tenant,
      entityName: after.ai.provider,
      before: presentAi(before),
      after: presentAi(after),
    });
    return presentAi(after);
  });
}
