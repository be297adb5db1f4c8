import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Db } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import type { SettingsSchema } from "./schema.ts";

/** A tenant's flags. */
export type Settings = z.infer<typeof SettingsSchema>;

/** The tenant's flags. @throws AppError `permission_denied`, `not_found` */
export async function getSettings({ ctx }: { ctx: Ctx }): Promise<Settings> {
  requirePermission(ctx, "settings.read");
  return loadSettings(ctx.db, ctx.tenant);
}

/** A tenant's flags, for code that already knows the caller may act. @throws AppError `not_found` */
export async function loadSettings(db: Pick<Db, "tenant">, tenantId: string): Promise<Settings> {
  const tenant = await db.tenant.findUnique({ where: { id: tenantId }, include: { setting: true } });
  if (!tenant) throw new AppError("not_found", "This tenant does not exist.");
  const { flowIrEnabled = false, runsAtOnce = null } = tenant.setting ?? {};
  return { tenantId, name: tenant.name, flowIrEnabled, runsAtOnce };
}

/** The names of some tenants, by id. */
export async function tenantNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.tenant.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, name: true },
  });
  return new Map(rows.map((row) => [row.id, row.name]));
}
