import type { Ctx } from "#lib/context.ts";
import { isAppError } from "#lib/errors.ts";
import { emptyPipelineIr } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { loadVersion } from "#lib/pipelines/index.ts";

/** The version a patch is made against. Without a pipeline it is version 0 of the empty one. */
export type BaseDocument = { pipelineId?: string; name: string; version: number; ir: PipelineIr };

const NEW_ID = "new-pipeline";

/** The empty document that a proposal for a new pipeline patches. */
export function newPipeline(): BaseDocument {
  return { name: "New pipeline", version: 0, ir: emptyPipelineIr(NEW_ID, "New pipeline") };
}

/**
 * Loads what a proposal is made against: the given version, or the current one.
 * @throws AppError `pipeline_not_found`
 */
export async function loadBase(
  ctx: Ctx,
  pipeline: string | null | undefined,
  version?: number,
): Promise<BaseDocument> {
  if (!pipeline) return newPipeline();
  const found = await loadVersion({ ctx, pipeline, version });
  return { pipelineId: found.pipelineId, name: found.name, version: found.version, ir: found.ir };
}

/** The version that a stored proposal was made against, or undefined where it is gone. */
export async function findBase(
  ctx: Ctx,
  { pipelineId, baseVersion }: { pipelineId: string | null; baseVersion: number },
): Promise<BaseDocument | undefined> {
  try {
    return baseVersion < 1 ? newPipeline() : await loadBase(ctx, pipelineId, baseVersion);
  } catch (error) {
    if (isAppError(error) && error.status === 404) return undefined;
    throw error;
  }
}

/** A slug made of a pipeline's name: what the document of a new pipeline is called. */
export function slugOf(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/[^\x20-\x7e]/g, "")
    .toLowerCase();
  const slug = plain
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 55)
    .replace(/-+$/, "");
  return slug || "pipeline";
}
