import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { type PublishedVersion, publishVersion } from "./publish-version.ts";

/**
 * Makes an older version the newest again, as a new version: nothing of the history is lost.
 * @throws AppError `pipeline_not_found`, `not_found`, `stale_version`.
 */
export async function restoreVersion({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: { id: string; version: number; baseVersion?: number; note?: string };
}): Promise<PublishedVersion> {
  requirePermission(ctx, "pipelines.write");
  const { pipelineId, ir } = await loadVersion({ ctx, pipeline: input.id, version: input.version });
  const note = input.note ?? `Version ${input.version} again`;
  return publishVersion({
    ctx,
    input: { pipelineId, ir, baseVersion: input.baseVersion, origin: "restored", note },
  });
}
