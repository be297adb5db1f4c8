import { routes, sseResponse } from "#lib/http/index.ts";
import { getRunProgress, watchRun } from "#lib/runs/index.ts";
import { RunParams, RunProgress } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/runs/{runId}/events", {
  GET: {
    summary: "Follow a run's progress as server-sent events until it has ended",
    auth: "key-or-session",
    permission: "runs.read",
    params: RunParams,
    output: RunProgress,
    handler: async ({ ctx, params }) => {
      // Asked once before the stream begins, so that a run that is not there answers 404.
      await getRunProgress({ ctx, input: params });
      return sseResponse(watchRun({ ctx, input: params }), { requestId: ctx.requestId });
    },
  },
});
