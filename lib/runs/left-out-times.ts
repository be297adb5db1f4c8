import type { Db } from "#lib/db.ts";

/** The latest time of a schedule that was due and got no run. */
export type LeftOutTime = { tenantId: string; pipelineId: string; at: Date; why: string };

/** Times of some tenants' schedules that were left out since then. */
export async function leftOutTimes(db: Db, tenants: readonly string[], since: Date): Promise<LeftOutTime[]> {
  const rows = await db.schedule.findMany({
    where: { tenantId: { in: [...tenants] }, leftOutAt: { gte: since } },
    select: { tenantId: true, pipelineId: true, leftOutAt: true, leftOut: true },
  });
  return rows.flatMap(({ leftOutAt, leftOut, ...of }) =>
    leftOutAt ? [{ ...of, at: leftOutAt, why: leftOut ?? "" }] : [],
  );
}
