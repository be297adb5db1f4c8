import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { loadSettings, type Settings } from "./get-settings.ts";
import { UpdateSettingsInput } from "./schema.ts";

/** Changes the tenant's name, its flags, or how many of its runs go at once; that from the next run on. @throws AppError `permission_denied`, `not_found` */
export async function updateSettings({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof UpdateSettingsInput>;
}): Promise<Settings> {
  requirePermission(ctx, "settings.write");
  const { name, ...flags } = UpdateSettingsInput.parse(input);
  return ctx.db.$transaction(async (tx) => {
    const before = await loadSettings(tx, ctx.tenant);
    if (name !== undefined) await tx.tenant.update({ where: { id: ctx.tenant }, data: { name } });
    if (Object.keys(flags).length > 0)
      await tx.tenantSetting.upsert({
        where: { tenantId: ctx.tenant },
        update: flags,
        create: { tenantId: ctx.tenant, ...flags },
      });
    const after = await loadSettings(tx, ctx.tenant);
    await emitAudit(tx, ctx, {
      action: "settings.updated",
      entityType: "tenant_setting",
      entityId: ctx.tenant,
      entityName: after.name,
      before,
      after,
    });
    return after;
  });
}
