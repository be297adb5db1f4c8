import { routes } from "#lib/http/index.ts";
import { listRuns } from "#lib/runs/index.ts";
import { ListRunsQuery, RunList } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/runs", {
  GET: {
    summary: "List the tenant's runs, newest first",
    auth: "key-or-session",
    permission: "runs.read",
    query: ListRunsQuery,
    output: RunList,
    handler: ({ ctx, query }) => listRuns({ ctx, input: query }),
  },
});
