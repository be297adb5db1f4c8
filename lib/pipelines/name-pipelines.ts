import type { Ctx } from "#lib/context.ts";

/** What to call pipelines, deleted ones included, by uuid: one query for a whole page of runs. */
export async function namePipelines(
  ctx: Pick<Ctx, "db" | "tenant">,
  ids: readonly string[],
): Promise<Map<string, { slug: string; name: string }>> {
  const rows = await ctx.db.pipeline.findMany({
    where: { tenantId: ctx.tenant, id: { in: [...new Set(ids)] } },
    select: { id: true, slug: true, name: true },
  });
  return new Map(rows.map(({ id, slug, name }) => [id, { slug: slug.split("~")[0] ?? slug, name }]));
}
