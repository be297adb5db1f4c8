import { reply, routes } from "#lib/http/index.ts";
import { cancelRun } from "#lib/runs/index.ts";
import { RunCancelled, RunParams } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/runs/{runId}/cancel", {
  POST: {
    summary: "Cancel a run; one that is running stops within a second or so",
    auth: "key-or-session",
    permission: "runs.cancel",
    params: RunParams,
    output: RunCancelled,
    status: 202,
    handler: async ({ ctx, params }) => reply(await cancelRun({ ctx, input: params }), { status: 202 }),
  },
});
