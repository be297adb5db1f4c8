import type { Ctx } from "#lib/context.ts";
import { env } from "#lib/env.ts";
import type { Catalogue } from "#lib/ir/schema.ts";
import { listDestinations } from "#lib/settings/index.ts";
import { sourceNames } from "#lib/sources/index.ts";

/** What exists for the tenant, for `parsePipelineIR`: its sources by name and connector, its destinations by name and kind, and its own warehouse's kind. */
export async function loadCatalogue(ctx: Ctx): Promise<Catalogue> {
  const { data } = await listDestinations({ ctx });
  return {
    sources: await sourceNames({ ctx }),
    destinations: data.map(({ name, kind }) => ({ name, kind })),
    warehouse: env().embedded ? "duckdb" : "postgres",
  };
}
