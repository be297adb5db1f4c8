import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True if a text names a pipeline by its uuid; a slug never has that form with a digit first, and the uuid wins. */
export function isPipelineId(text: string): boolean {
  return UUID.test(text);
}

/**
 * A pipeline of the tenant that has not been deleted, by uuid or slug.
 * @throws AppError `pipeline_not_found`; another tenant's pipeline is not found either.
 */
export async function loadPipeline(ctx: Pick<Ctx, "db" | "tenant">, idOrSlug: string) {
  const where = { tenantId: ctx.tenant, deletedAt: null };
  const byId = isPipelineId(idOrSlug)
    ? await ctx.db.pipeline.findFirst({ where: { ...where, id: idOrSlug.toLowerCase() } })
    : null;
  const pipeline = byId ?? (await ctx.db.pipeline.findFirst({ where: { ...where, slug: idOrSlug } }));
  if (!pipeline) throw pipelineNotFound(idOrSlug);
  return pipeline;
}

/** One stored version. @throws AppError `not_found` if the pipeline has no such version. */
export async function loadVersionRow(ctx: Pick<Ctx, "db" | "tenant">, pipelineId: string, version: number) {
  const row = await ctx.db.pipelineVersion.findFirst({
    where: { tenantId: ctx.tenant, pipelineId, version },
  });
  if (!row) throw new AppError("not_found", `The pipeline has no version ${version}`);
  return { ...row, ir: row.ir as unknown as PipelineIr };
}

/** The refusal for a pipeline that is not there. */
export function pipelineNotFound(idOrSlug: string): AppError {
  return new AppError("pipeline_not_found", `There is no pipeline "${idOrSlug}"`);
}
