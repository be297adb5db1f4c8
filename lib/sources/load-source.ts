import type { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import { unseal } from "#lib/crypto.ts";
import type { Db } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import type { ConnectorName } from "#lib/ir/schema.ts";
import { type Source, SourceFields, SourceHealth } from "./schema.ts";

/** A source with its secrets in the clear: for this process's memory only, never for an answer or a log. */
export type OpenedSource = {
  id: string;
  name: string;
  title: string;
  connector: ConnectorName;
  config: Record<string, unknown>;
};

export type SourceRow = NonNullable<Awaited<ReturnType<Db["source"]["findFirst"]>>>;

/**
 * Opens a source of the tenant by the name that a document uses, or by its id.
 * @throws AppError `source_not_found`
 */
export async function loadSource({
  ctx,
  ref,
}: {
  ctx: Pick<Ctx, "tenant" | "db">;
  ref: string;
}): Promise<OpenedSource> {
  const row = await ctx.db.source.findFirst({
    where: { tenantId: ctx.tenant, OR: [{ name: ref }, { id: ref }] },
  });
  if (!row) throw new AppError("source_not_found", `There is no source "${ref}".`);
  return openSource(row);
}

/** Opens a row's seal. It opens for its own tenant and id only. */
export function openSource(row: SourceRow): OpenedSource {
  const { id, name, title, connector } = row;
  const config = { ...SourceFields.parse(row.config), ...secretsOf(row) };
  return { id, name, title, connector: connector as ConnectorName, config };
}

/** The secrets of a row, by field. */
export function secretsOf({ secret, tenantId, id }: SourceRow): Record<string, string> {
  return JSON.parse(unseal(secret, { tenant: tenantId, id }).toString("utf8"));
}

/** One of the tenant's rows by id or name. @throws AppError `source_not_found` */
export async function findSource(db: Pick<Db, "source">, tenantId: string, ref: string): Promise<SourceRow> {
  const row = await db.source.findFirst({ where: { tenantId, OR: [{ id: ref }, { name: ref }] } });
  if (!row) throw new AppError("source_not_found");
  return row;
}

/** What anyone in the tenant may see of a source. */
export function presentSource(row: SourceRow): z.infer<typeof Source> {
  const { id, name, title, createdBy, createdByName } = row;
  return {
    id,
    name,
    title,
    connector: row.connector as ConnectorName,
    config: SourceFields.parse(row.config),
    held: Object.keys(secretsOf(row)).sort(),
    health: row.health === null ? null : SourceHealth.parse(row.health),
    checkedAt: row.checkedAt?.toISOString() ?? null,
    createdBy,
    createdByName,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
