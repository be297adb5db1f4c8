import { routes } from "#lib/http/index.ts";
import { getRunProgress } from "#lib/runs/index.ts";
import { PipelineRunParams, RunProgress } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/pipelines/{id}/runs/{runId}/progress",
  {
    GET: {
      summary: "Get where a run stands: counts, nodes, ledger, error",
      auth: "key-or-session",
      permission: "runs.read",
      params: PipelineRunParams,
      output: RunProgress,
      handler: ({ ctx, params }) =>
        getRunProgress({ ctx, input: { runId: params.runId, pipeline: params.id } }),
    },
  },
);
