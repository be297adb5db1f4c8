import type { Tx } from "#lib/db.ts";
import type { LoadedVersion } from "./load-version.ts";

type Row = Omit<LoadedVersion, "currentVersion">;

/**
 * The current versions of pipelines of any tenants, by the pipeline's id, in one query: for the product itself, which
 * starts what is due. Pipelines that are deleted, or of another tenant than said, are left out.
 */
export async function loadCurrentVersions(
  tx: Pick<Tx, "$queryRaw">,
  pipelines: readonly { tenantId: string; pipelineId: string }[],
): Promise<Map<string, LoadedVersion>> {
  const rows = await tx.$queryRaw<Row[]>`
    select p."id" as "pipelineId", p."slug", p."name", v."version", v."ir", v."executable"
    from unnest(${pipelines.map(({ tenantId }) => tenantId)}::text[],
      ${pipelines.map(({ pipelineId }) => pipelineId)}::text[]) as wanted (tenant, id)
    join "Pipeline" p on p."id" = wanted.id and p."tenantId" = wanted.tenant and p."deletedAt" is null
    join "PipelineVersion" v on v."pipelineId" = p."id" and v."version" = p."currentVersion"`;
  return new Map(rows.map((row) => [row.pipelineId, { ...row, currentVersion: row.version }]));
}
