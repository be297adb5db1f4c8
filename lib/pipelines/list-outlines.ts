import type { Ctx } from "#lib/context.ts";
import type { IrNode } from "#lib/ir/schema.ts";

/** A pipeline and the nodes of its current version: what they read and write, without ops, rules and columns. */
export type PipelineOutline = { pipelineId: string; slug: string; name: string; nodes: IrNode[] };

/** Outlines of all pipelines of the tenant, by name. */
export function listOutlines({ db, tenant }: Pick<Ctx, "db" | "tenant">): Promise<PipelineOutline[]> {
  return db.$queryRaw<PipelineOutline[]>`
    select p."id" as "pipelineId", p."slug", p."name", coalesce((
      select jsonb_agg((case when n ? 'ops' then jsonb_set(n, '{ops}', '[]') else n end)
        - 'rowLevel' #- '{config,format}' #- '{config,columns}' order by at)
      from jsonb_array_elements(v."ir"->'nodes') with ordinality as nodes (n, at)), '[]') as nodes
    from "Pipeline" p join "PipelineVersion" v on v."pipelineId" = p."id" and v."version" = p."currentVersion"
    where p."tenantId" = ${tenant} and p."deletedAt" is null
    order by p."name", p."id"`;
}
