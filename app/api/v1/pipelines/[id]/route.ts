import { routes } from "#lib/http/index.ts";
import { PipelineParams } from "#lib/pipelines/schema.ts";
import { getPipelineOverview, removePipeline } from "#lib/runs/index.ts";
import { PipelineDeleted, PipelineOverview } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/{id}", {
  GET: {
    summary: "Get a pipeline with its schedule and latest runs",
    auth: "key-or-session",
    permission: "pipelines.read",
    params: PipelineParams,
    output: PipelineOverview,
    handler: ({ ctx, params }) => getPipelineOverview({ ctx, input: params }),
  },
  DELETE: {
    summary: "Delete a pipeline so that it can be taken back; its schedule stops and its slug becomes free",
    auth: "key-or-session",
    permission: "pipelines.write",
    params: PipelineParams,
    output: PipelineDeleted,
    handler: ({ ctx, params }) => removePipeline({ ctx, input: params }),
  },
});
