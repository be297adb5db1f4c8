import type { Ctx } from "#lib/context.ts";
import { env } from "#lib/env.ts";
import type { Catalogue } from "#lib/ir/schema.ts";
import { listDestinations } from "#lib/settings/index.ts";

/** What exists for the tenant, for `parsePipelineIR`: its destinations by name and kind, and its own warehouse's kind. */
export async function loadCatalogue(ctx: Ctx): Promise<Catalogue> {
  const { data } = await listDestinations({ ctx });
  return {
    sources: [],
    destinations: data.map(({ name, kind }) => ({ name, kind })),
    warehouse: env().embedded ? "duckdb" : "postgres",
  };
}
