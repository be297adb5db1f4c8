import type { Db } from "#lib/db.ts";

/** The tenants that have events, in order: one step along the index for each, however many events there are. */
export async function tenantsOfLog(db: Db): Promise<string[]> {
  const rows = await db.$queryRaw<{ tenant: string }[]>`
    with recursive each as (
      (select "tenantId" from "Event" order by "tenantId" limit 1)
      union all
      select (select e."tenantId" from "Event" e where e."tenantId" > each."tenantId"
        order by e."tenantId" limit 1) from each where each."tenantId" is not null)
    select "tenantId" as tenant from each where "tenantId" is not null`;
  return rows.map(({ tenant }) => tenant);
}
