import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { loadPipeline, loadVersionRow } from "./load.ts";

/** A version with its document, and the pipeline it belongs to. */
export type LoadedVersion = {
  pipelineId: string;
  slug: string;
  name: string;
  version: number;
  /** The newest version's number. */
  currentVersion: number;
  ir: PipelineIr;
  executable: boolean;
};

/**
 * A pipeline's version, the current one unless another is named. `pipeline` is a uuid or a slug.
 * @throws AppError `pipeline_not_found`, `not_found`.
 */
export async function loadVersion({
  ctx,
  pipeline: idOrSlug,
  version,
}: {
  ctx: Ctx;
  pipeline: string;
  version?: number;
}): Promise<LoadedVersion> {
  requirePermission(ctx, "pipelines.read");
  const pipeline = await loadPipeline(ctx, idOrSlug);
  const row = await loadVersionRow(ctx, pipeline.id, version ?? pipeline.currentVersion);
  return {
    pipelineId: pipeline.id,
    slug: pipeline.slug,
    name: pipeline.name,
    version: row.version,
    currentVersion: pipeline.currentVersion,
    ir: row.ir,
    executable: row.executable,
  };
}
