import type { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import { unseal } from "#lib/crypto.ts";
import type { Db } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { PostgresConfigSchema } from "./schema.ts";

/** Where a PostgreSQL is and how to speak to it. */
export type PostgresConfig = z.infer<typeof PostgresConfigSchema>;

/** A destination with its password in the clear: for the runtime's memory only, never for an answer or a log. */
export type OpenedDestination = {
  id: string;
  name: string;
  kind: "postgres";
  config: PostgresConfig;
  password: string;
};

type Row = NonNullable<Awaited<ReturnType<Db["destination"]["findFirst"]>>>;

/** Opens a destination of the tenant by the name that a pipeline's document uses. @throws AppError `destination_not_found` */
export async function loadDestination({
  ctx,
  name,
}: {
  ctx: Pick<Ctx, "tenant" | "db">;
  name: string;
}): Promise<OpenedDestination> {
  const row = await ctx.db.destination.findUnique({
    where: { tenantId_name: { tenantId: ctx.tenant, name } },
  });
  if (!row) throw new AppError("destination_not_found", `There is no destination named ${name}.`);
  return openDestination(row);
}

/** The names of the tenant's destinations: what a document may refer to. */
export async function destinationNames({ ctx }: { ctx: Pick<Ctx, "tenant" | "db"> }): Promise<string[]> {
  const rows = await ctx.db.destination.findMany({
    where: { tenantId: ctx.tenant },
    select: { name: true },
    orderBy: { name: "asc" },
  });
  return rows.map((row) => row.name);
}

/** Opens a row's seal. It opens for its own tenant and id only. */
export function openDestination(row: Row): OpenedDestination {
  const password = unseal(row.secret, { tenant: row.tenantId, id: row.id }).toString("utf8");
  return { id: row.id, name: row.name, kind: "postgres", config: configOf(row), password };
}

/** A row's configuration, checked as it was when it was saved. */
export function configOf(row: Row): PostgresConfig {
  return PostgresConfigSchema.parse(row.config);
}

/** One of the tenant's rows by id. @throws AppError `destination_not_found` */
export async function findDestination(
  db: Pick<Db, "destination">,
  tenantId: string,
  id: string,
): Promise<Row> {
  const row = await db.destination.findFirst({ where: { id, tenantId } });
  if (!row) throw new AppError("destination_not_found");
  return row;
}

/** What anyone in the tenant may see of a destination. */
export function presentDestination(row: Row) {
  const { id, name, createdAt, updatedAt } = row;
  return { id, name, kind: "postgres" as const, config: configOf(row), createdAt, updatedAt };
}
