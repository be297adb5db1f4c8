import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { seal } from "#lib/crypto.ts";
import { draftAi, requireOutbound } from "./draft-ai.ts";
import { presentAi } from "./get-ai-settings.ts";
import { type AiInForce, aiBinding, aiInForce } from "./load-ai-choice.ts";
import { type AiSettings, UpdateAiInput } from "./schema.ts";

/**
 * Saves the tenant's own choice of who answers, whole. A kept key is only ever sent where its owner meant it to go:
 * whoever names another provider or address gives it again.
 * @throws AppError `permission_denied`, `bad_request`
 */
export async function updateAiSettings({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof UpdateAiInput>;
}): Promise<AiSettings> {
  requirePermission(ctx, "settings.write");
  const given = UpdateAiInput.parse(input);
  await requireOutbound(given);
  return ctx.db.$transaction(async (tx) => {
    const before = await aiInForce(tx, ctx.tenant);
    const { ai, key } = draftAi(given, before);
    const aiSecret = key === undefined ? null : new Uint8Array(seal(key, aiBinding(ctx.tenant)));
    const { proposalsPerHour = before.proposalsPerHour } = given;
    const row = { ai, aiSecret, proposalsPerHour };
    await tx.tenantSetting.upsert({
      where: { tenantId: ctx.tenant },
      update: row,
      create: { tenantId: ctx.tenant, ...row },
    });
    const after: AiInForce = { from: "tenant", ai, key, proposalsPerHour };
    await emitAudit(tx, ctx, {
      action: "ai_settings.updated",
      entityType: "tenant_setting",
      entityId: ctx.tenant,
      entityName: ai.provider,
      before: presentAi(before),
      after: { ...presentAi(after), keyChanged: given.key !== undefined },
    });
    return presentAi(after);
  });
}
