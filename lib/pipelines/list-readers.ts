import type { Ctx } from "#lib/context.ts";

/** A pipeline whose current version reads from a saved source, and the configuration of the nodes that do. */
export type Reader = { pipelineId: string; slug: string; name: string; configs: unknown[] };

/** The tenant's pipelines whose current version names a saved source, by name. */
export function listReaders(
  { db, tenant }: Pick<Ctx, "db" | "tenant">,
  sourceRef: string,
): Promise<Reader[]> {
  return db.$queryRaw<Reader[]>`
    select p."id" as "pipelineId", p."slug", p."name", (select jsonb_agg(coalesce(n->'config', n->'with'))
      from jsonb_array_elements(v."ir"->'nodes') n
      where ${sourceRef} in (n->>'sourceRef', n->'with'->>'sourceRef')) as configs
    from "Pipeline" p join "PipelineVersion" v on v."pipelineId" = p."id" and v."version" = p."currentVersion"
    where p."tenantId" = ${tenant} and p."deletedAt" is null
      and (v."ir"->'nodes' @> jsonb_build_array(jsonb_build_object('sourceRef', ${sourceRef}::text))
        or v."ir"->'nodes' @> jsonb_build_array(jsonb_build_object('with', jsonb_build_object('sourceRef', ${sourceRef}::text))))
    order by p."name", p."id"`;
}
