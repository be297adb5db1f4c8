import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { presentAi } from "./get-ai-settings.ts";
import { aiInForce } from "./load-ai-choice.ts";
import { type AiSettings, UpdateProposalLimitInput } from "./schema.ts";

/**
 * Sets how many proposals the tenant may ask for in any 60 minutes, from the next one on; null: the usual number. Who
 * answers stays as it is.
 * @throws AppError `permission_denied`, `bad_request`
 */
export async function updateProposalLimit({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof UpdateProposalLimitInput>;
}): Promise<AiSettings> {
  requirePermission(ctx, "settings.write");
  const { proposalsPerHour } = UpdateProposalLimitInput.parse(input);
  return ctx.db.$transaction(async (tx) => {
    const before = await aiInForce(tx, ctx.tenant);
    await tx.tenantSetting.upsert({
      where: { tenantId: ctx.tenant },
      update: { proposalsPerHour },
      create: { tenantId: ctx.tenant, proposalsPerHour },
    });
    await emitAudit(tx, ctx, {
      action: "ai_settings.updated",
      entityType: "tenant_setting",
      entityId: ctx.tenant,
      entityName: before.ai.provider,
      before: { proposalsPerHour: before.proposalsPerHour },
      after: { proposalsPerHour },
    });
    return presentAi({ ...before, proposalsPerHour });
  });
}
