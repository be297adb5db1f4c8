import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { listReaders, type Reader } from "#lib/pipelines/index.ts";
import { getSource } from "#lib/sources/index.ts";
import type { SourceUse } from "#lib/sources/schema.ts";

/** The pipelines that read from a source. @throws AppError `permission_denied`, `source_not_found` */
export async function sourceUses({ ctx, id }: { ctx: Ctx; id: string }): Promise<{ data: SourceUse[] }> {
  requirePermission(ctx, "pipelines.read");
  const { name } = await getSource({ ctx, id });
  return { data: (await listReaders(ctx, name)).map(toUse) };
}

function toUse({ pipelineId, slug, name, configs }: Reader): SourceUse {
  const streams = configs.map((config) => {
    const { stream, path, pattern, syncMode } = config as {
      stream?: string;
      path?: string;
      pattern?: { value: string };
      syncMode?: "full_refresh" | "incremental";
    };
    const files = [path, pattern?.value].filter(Boolean).join("/").replace("//", "/");
    return { stream: stream ?? files, ...(syncMode && { syncMode }) };
  });
  return { pipelineId, slug, name, streams };
}
