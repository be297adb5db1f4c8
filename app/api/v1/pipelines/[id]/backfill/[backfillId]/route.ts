import { routes } from "#lib/http/index.ts";
import { getBackfill } from "#lib/runs/index.ts";
import { Backfill, BackfillParams } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/pipelines/{id}/backfill/{backfillId}",
  {
    GET: {
      summary: "Get how far a backfill is",
      auth: "key-or-session",
      permission: "runs.read",
      params: BackfillParams,
      output: Backfill,
      handler: ({ ctx, params }) => getBackfill({ ctx, input: params }),
    },
  },
);
