import { reply, routes } from "#lib/http/index.ts";
import { PipelineParams } from "#lib/pipelines/schema.ts";
import { readIdempotencyKey, requestRun } from "#lib/runs/index.ts";
import { RunRequested } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/{id}/run", {
  POST: {
    summary: "Run the current version; it waits behind a run of the same pipeline",
    description: "With the header Idempotency-Key a repeated request answers with the run of the first.",
    auth: "key-or-session",
    permission: "pipelines.run",
    params: PipelineParams,
    output: RunRequested,
    status: 202,
    handler: async ({ ctx, params, request }) => {
      const idempotencyKey = readIdempotencyKey(request.headers);
      const run = await requestRun({ ctx, input: { pipelineId: params.id, idempotencyKey } });
      return reply(run, { status: 202, headers: { location: `/api/v1/runs/${run.runId}` } });
    },
  },
});
