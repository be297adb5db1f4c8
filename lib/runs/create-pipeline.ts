import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { CreatePipelineInput, type SavedVersion } from "#lib/pipelines/schema.ts";
import { type PublishedVersion, publishVersion } from "./publish-version.ts";

/**
 * Makes a pipeline of a document; its id becomes the slug. A draft is kept too, with `executable: false`.
 * @throws AppError `invalid_ir`, `already_exists`.
 */
export async function createPipeline({ ctx, input }: { ctx: Ctx; input: unknown }): Promise<SavedVersion> {
  requirePermission(ctx, "pipelines.write");
  const { name, ir, note } = CreatePipelineInput.parse(input);
  const published = await publishVersion({ ctx, input: { ir: named(ir, name), origin: "created", note } });
  return toSavedVersion(published);
}

/** The document under the name that was asked for; what is not an object is left for the parser to refuse. */
function named(ir: Record<string, unknown>, name: string | undefined): unknown {
  if (name === undefined) return ir;
  const { metadata = {} } = ir;
  if (metadata === null || typeof metadata !== "object" || Array.isArray(metadata)) return ir;
  return { ...ir, metadata: { ...metadata, name } };
}

/** A published version as it travels. */
export function toSavedVersion({ pipelineId, ...rest }: PublishedVersion): SavedVersion {
  return { id: pipelineId, ...rest };
}
