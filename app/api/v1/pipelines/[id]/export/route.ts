import { routes } from "#lib/http/index.ts";
import { exportPipeline } from "#lib/pipelines/index.ts";
import { ExportQuery, PipelineParams } from "#lib/pipelines/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/{id}/export", {
  GET: {
    summary: "Get a version as a YAML or JSON file, in canonical order; the ETag is the version",
    auth: "key-or-session",
    permission: "pipelines.read",
    params: PipelineParams,
    query: ExportQuery,
    handler: async ({ ctx, params, query }) => {
      const { name, mediaType, text, version } = await exportPipeline({
        ctx,
        input: { ...query, ...params },
      });
      return new Response(text, {
        headers: {
          "content-type": `${mediaType}; charset=utf-8`,
          "content-disposition": `attachment; filename="${name}"`,
          "cache-control": "no-store",
          etag: `"${version}"`,
        },
      });
    },
  },
});
