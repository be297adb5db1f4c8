import type { Ctx } from "#lib/context.ts";

/** The nodes at which a run has rejected rows that are still kept. */
export async function listRejectingNodes(
  { tenant, db }: Pick<Ctx, "tenant" | "db">,
  runId: string,
): Promise<Set<string>> {
  const found = await db.quarantineRow.findMany({
    where: { tenantId: tenant, runId },
    distinct: ["nodeId"],
    select: { nodeId: true },
  });
  return new Set(found.map(({ nodeId }) => nodeId));
}
