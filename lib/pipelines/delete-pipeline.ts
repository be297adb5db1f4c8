import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { isPipelineId, pipelineNotFound } from "./load.ts";
import { lockPipeline } from "./save-pipeline-version.ts";

/** A pipeline that was deleted or taken back. */
export type DeletedPipeline = { id: string; slug: string; name: string; currentVersion: number };

/**
 * Deletes softly, in the caller's transaction: the history stays, the slug becomes free. Called by
 * `runs/remove-pipeline`, which also stops the schedule and the runs.
 * @throws AppError `pipeline_not_found`.
 */
export async function deletePipeline(
  tx: Tx,
  ctx: Pick<Ctx, "tenant">,
  idOrSlug: string,
  at: Date,
): Promise<DeletedPipeline> {
  const pipeline = await lockPipeline(tx, ctx, idOrSlug);
  // No slug can hold a tilde, so the name that is parked here is nobody's.
  const slug = `${pipeline.slug}~${pipeline.id}`;
  await tx.pipeline.update({ where: { id: pipeline.id }, data: { deletedAt: at, slug } });
  return pipeline;
}

/**
 * Takes a deletion back, in the caller's transaction.
 * @throws AppError `pipeline_not_found`, `already_exists` if another pipeline has taken the slug.
 */
export async function undeletePipeline(
  tx: Tx,
  ctx: Pick<Ctx, "tenant">,
  id: string,
): Promise<DeletedPipeline & { ir: PipelineIr; executable: boolean }> {
  const [row] = isPipelineId(id)
    ? await tx.$queryRaw<{ id: string; name: string; currentVersion: number }[]>`
        select "id", "name", "currentVersion" from "Pipeline"
        where "tenantId" = ${ctx.tenant} and "id" = ${id.toLowerCase()} and "deletedAt" is not null for update`
    : [];
  if (!row) throw pipelineNotFound(id);
  const version = await tx.pipelineVersion.findFirstOrThrow({
    where: { tenantId: ctx.tenant, pipelineId: row.id, version: row.currentVersion },
  });
  const ir = version.ir as unknown as PipelineIr;
  const freed = await tx.$executeRaw`
    update "Pipeline" set "slug" = ${ir.id}, "deletedAt" = null, "updatedAt" = now()
    where "id" = ${row.id} and not exists (
      select 1 from "Pipeline" where "tenantId" = ${ctx.tenant} and "slug" = ${ir.id})`;
  if (freed === 0)
    throw new AppError(
      "already_exists",
      `Another pipeline is called "${ir.id}" now; rename or delete it first`,
    );
  return { ...row, slug: ir.id, ir, executable: version.executable };
}
