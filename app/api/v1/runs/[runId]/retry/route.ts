import { reply, routes } from "#lib/http/index.ts";
import { retryRun } from "#lib/runs/index.ts";
import { RunParams, RunRetried } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/runs/{runId}/retry", {
  POST: {
    summary: "Run a failed or cancelled run again, without the targets that committed",
    auth: "key-or-session",
    permission: "pipelines.run",
    params: RunParams,
    output: RunRetried,
    status: 202,
    handler: async ({ ctx, params }) => reply(await retryRun({ ctx, input: params }), { status: 202 }),
  },
});
