import type pg from "pg";
import { DataError, isDataError } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { env } from "#lib/env.ts";
import { AppError, isAppError } from "#lib/errors.ts";
import type { ClaimedRun } from "#lib/runs/index.ts";
import { connectDestination, loadDestination } from "#lib/settings/index.ts";
import type { LoadDestination } from "./loaders/loader.ts";
import { connectWarehouse } from "./postgres-warehouse.ts";
import { openWarehouse } from "./warehouse.ts";

/** The built-in warehouse under its name in a document; leaving the name out means the same. */
const BUILT_IN = "warehouse";

/**
 * Where a target of the tenant writes, by the destination's name.
 * @throws AppError `destination_not_found`
 */
export async function resolveDestination(
  ctx: Pick<Ctx, "tenant" | "db">,
  name: string | undefined,
): Promise<LoadDestination> {
  const { tenant } = ctx;
  if (name === undefined || name === BUILT_IN) return builtInWarehouse(tenant);
  const opened = await loadDestination({ ctx, name });
  const { schema } = opened.config as { schema?: string };
  return { kind: "postgres", connect: () => connectDestination(opened), defaultSchema: schema ?? "public" };
}

/** A destination that was deleted since the version was saved is the target's problem, not ours. */
export async function destinationOfRun(
  { ctx, plan }: Pick<ClaimedRun, "ctx" | "plan">,
  name: string | undefined,
): Promise<LoadDestination> {
  try {
    return await resolveDestination(ctx, name);
  } catch (error) {
    if (!isAppError(error) || error.code === "internal") throw error;
    const target = plan.steps.find((step) => step.kind === "target" && step.destination === name);
    throw new DataError(error.code, error.message, { nodeId: target?.nodeId, cause: error });
  }
}

/** The tenant's own warehouse: a DuckDB file, or a database on our server where there is one. */
export async function builtInWarehouse(tenant: string): Promise<LoadDestination> {
  if (env().embedded) return { kind: "duckdb", warehouse: await openWarehouse(tenant) };
  return { kind: "postgres", connect: () => connectWarehouse(tenant), defaultSchema: "public" };
}

/** Connects to the built-in warehouse to look into it. @throws AppError `unavailable` if there is none here. */
export async function browse({ connect }: { connect: () => Promise<pg.Client> }): Promise<pg.Client> {
  try {
    return await connect();
  } catch (error) {
    if (!isDataError(error)) throw error;
    throw new AppError("unavailable", `${error.message}. ${error.place.hint ?? ""}`, { cause: error });
  }
}
