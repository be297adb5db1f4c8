import { routes } from "#lib/http/index.ts";
import { PipelineParams } from "#lib/pipelines/schema.ts";
import { getLineage } from "#lib/runs/index.ts";
import { LineageQuery, PipelineLineage } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/{id}/lineage", {
  GET: {
    summary:
      "Get where every column that a pipeline writes comes from, and the pipelines before and behind it",
    auth: "key-or-session",
    permission: "pipelines.read",
    params: PipelineParams,
    query: LineageQuery,
    output: PipelineLineage,
    handler: ({ ctx, params, query }) => getLineage({ ctx, input: { ...query, ...params } }),
  },
});
