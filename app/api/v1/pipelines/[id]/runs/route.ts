import { routes } from "#lib/http/index.ts";
import { PageQuery, PipelineParams } from "#lib/pipelines/schema.ts";
import { listRuns } from "#lib/runs/index.ts";
import { RunList } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/{id}/runs", {
  GET: {
    summary: "List a pipeline's runs, newest first",
    auth: "key-or-session",
    permission: "runs.read",
    params: PipelineParams,
    query: PageQuery,
    output: RunList,
    handler: ({ ctx, params, query }) => listRuns({ ctx, input: { ...query, pipeline: params.id } }),
  },
});
