import type { Db } from "#lib/db.ts";

/**
 * How many runs tenants may have under way at once, where their administrators set it; the others have
 * `limits.runsAtOnce`. For the dispatcher, which serves them all.
 */
export async function loadRunsAtOnce(db: Pick<Db, "tenantSetting">): Promise<Map<string, number>> {
  const rows = await db.tenantSetting.findMany({
    where: { runsAtOnce: { not: null } },
    select: { tenantId: true, runsAtOnce: true },
  });
  return new Map(rows.flatMap(({ tenantId, runsAtOnce }) => (runsAtOnce ? [[tenantId, runsAtOnce]] : [])));
}
