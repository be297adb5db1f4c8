import type { Ctx } from "#lib/context.ts";
import type { Catalogue } from "#lib/ir/schema.ts";
import { listDestinations } from "#lib/settings/index.ts";

/** What exists for the tenant, for `parsePipelineIR`: its destinations by name and kind. */
export async function loadCatalogue(ctx: Ctx): Promise<Catalogue> {
  const { data } = await listDestinations({ ctx });
  return { sources: [], destinations: data.map(({ name, kind }) => ({ name, kind })) };
}
