import { routes } from "#lib/http/index.ts";
import { listVersions } from "#lib/pipelines/index.ts";
import { PageQuery, PipelineParams, VersionList } from "#lib/pipelines/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/{id}/versions", {
  GET: {
    summary: "List a pipeline's versions, newest first, each with what it changed",
    auth: "key-or-session",
    permission: "pipelines.read",
    params: PipelineParams,
    query: PageQuery,
    output: VersionList,
    handler: ({ ctx, params, query }) => listVersions({ ctx, input: { ...query, ...params } }),
  },
});
