import { reply, routes } from "#lib/http/index.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { PipelineIrAnswer, PipelineParams, SavedVersion, SaveIrInput } from "#lib/pipelines/schema.ts";
import { saveIr } from "#lib/runs/index.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/{id}/ir", {
  GET: {
    summary: "Get the current version's IR; the ETag is the version",
    auth: "key-or-session",
    permission: "pipelines.read",
    params: PipelineParams,
    output: PipelineIrAnswer,
    handler: async ({ ctx, params }) => {
      const {
        pipelineId: id,
        slug,
        version,
        executable,
        ir,
      } = await loadVersion({
        ctx,
        pipeline: params.id,
      });
      return reply({ id, slug, version, executable, ir }, { headers: { etag: `"${version}"` } });
    },
  },
  POST: {
    summary: "Save an edited IR as the next version; If-Match or baseVersion names the version edited",
    auth: "key-or-session",
    permission: "pipelines.write",
    params: PipelineParams,
    input: SaveIrInput,
    output: SavedVersion,
    status: 201,
    handler: async ({ ctx, params, input, request }) => {
      const ifMatch = request.headers.get("if-match");
      const saved = await saveIr({ ctx, input: { ...input, id: params.id, ifMatch } });
      return reply(saved, { status: 201, headers: { etag: `"${saved.version}"` } });
    },
  },
});
