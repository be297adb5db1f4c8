import { routes } from "#lib/http/index.ts";
import { getRunLog } from "#lib/runs/index.ts";
import { RunLogPage, RunLogQuery, RunParams } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/runs/{runId}/log", {
  GET: {
    summary: "Read a run's log from a line on, or search it",
    auth: "key-or-session",
    permission: "runs.read",
    params: RunParams,
    query: RunLogQuery,
    output: RunLogPage,
    handler: ({ ctx, params, query }) => getRunLog({ ctx, input: { ...query, ...params } }),
  },
});
