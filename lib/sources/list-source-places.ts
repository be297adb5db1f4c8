import type { Ctx } from "#lib/context.ts";
import type { ConnectorName } from "#lib/ir/schema.ts";
import { SourceFields } from "./schema.ts";

/** Where a source leads, without its secrets. */
export type SourcePlace = { id: string; name: string; connector: ConnectorName; config: SourceFields };

/** Where the tenant's sources lead, by name; no seal is opened for it. */
export async function listSourcePlaces({ db, tenant }: Pick<Ctx, "db" | "tenant">): Promise<SourcePlace[]> {
  const rows = await db.source.findMany({
    where: { tenantId: tenant },
    select: { id: true, name: true, connector: true, config: true },
    orderBy: { name: "asc" },
  });
  return rows.map(({ connector, config, ...named }) => ({
    ...named,
    connector: connector as ConnectorName,
    config: SourceFields.parse(config),
  }));
}
