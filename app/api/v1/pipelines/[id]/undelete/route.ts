import { routes } from "#lib/http/index.ts";
import { PipelineParams, SavedVersion } from "#lib/pipelines/schema.ts";
import { restorePipeline } from "#lib/runs/index.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/{id}/undelete", {
  POST: {
    summary: "Take back the deletion of a pipeline, by its uuid",
    auth: "key-or-session",
    permission: "pipelines.write",
    params: PipelineParams,
    output: SavedVersion,
    handler: ({ ctx, params }) => restorePipeline({ ctx, input: params }),
  },
});
