import type { Db } from "#lib/db.ts";

/** The LSNs of every event that wrote a memory, oldest first: its first version and each one after it. */
export async function lsnsOfMemory(db: Db, tenant: string, memoryId: string): Promise<number[]> {
  const rows = await db.objectVersion.findMany({
    where: { tenantId: tenant, objectId: memoryId, objectType: "memory" },
    select: { lsn: true },
    orderBy: { lsn: "asc" },
  });
  return rows.map(({ lsn }) => Number(lsn));
}
