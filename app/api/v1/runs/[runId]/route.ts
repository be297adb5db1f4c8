import { routes } from "#lib/http/index.ts";
import { getRunProgress } from "#lib/runs/index.ts";
import { RunParams, RunProgress } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/runs/{runId}", {
  GET: {
    summary: "Get a run with its nodes and ledger",
    auth: "key-or-session",
    permission: "runs.read",
    params: RunParams,
    output: RunProgress,
    handler: ({ ctx, params }) => getRunProgress({ ctx, input: params }),
  },
});
