import { reply, routes } from "#lib/http/index.ts";
import { cancelBackfill } from "#lib/runs/index.ts";
import { Backfill, BackfillParams } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/pipelines/{id}/backfill/{backfillId}/cancel",
  {
    POST: {
      summary: "Stop a backfill: the times that are left get no run, a run under way is cancelled",
      auth: "key-or-session",
      permission: "runs.cancel",
      params: BackfillParams,
      output: Backfill,
      status: 202,
      handler: async ({ ctx, params }) =>
        reply(await cancelBackfill({ ctx, input: params }), { status: 202 }),
    },
  },
);
