import type { Ctx } from "#lib/context.ts";
import { configOf, type PostgresConfig } from "./load-destination.ts";

/** Where a destination leads, without its password. */
export type DestinationPlace = { name: string; config: PostgresConfig };

/** Where the tenant's destinations lead, by name; no seal is opened for it. */
export async function destinationPlaces({
  db,
  tenant,
}: Pick<Ctx, "db" | "tenant">): Promise<DestinationPlace[]> {
  const rows = await db.destination.findMany({ where: { tenantId: tenant }, orderBy: { name: "asc" } });
  return rows.map((row) => ({ name: row.name, config: configOf(row) }));
}
