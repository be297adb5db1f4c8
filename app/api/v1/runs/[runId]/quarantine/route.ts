import { routes } from "#lib/http/index.ts";
import { RunParams } from "#lib/runs/schema.ts";
import { listQuarantine } from "#lib/runtime/index.ts";
import { QuarantinePage, QuarantineQuery } from "#lib/runtime/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/runs/{runId}/quarantine", {
  GET: {
    summary: "Rows that a run rejected, with the reason",
    auth: "key-or-session",
    permission: "quarantine.read",
    params: RunParams,
    query: QuarantineQuery,
    output: QuarantinePage,
    handler: ({ ctx, params, query }) => listQuarantine({ ctx, input: { ...params, ...query } }),
  },
});
