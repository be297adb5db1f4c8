import { reply, routes } from "#lib/http/index.ts";
import { RunParams } from "#lib/runs/schema.ts";
import { replayQuarantine } from "#lib/runtime/index.ts";
import { QuarantineReplayed, ReplayQuarantineInput } from "#lib/runtime/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes(
  "/api/v1/runs/{runId}/quarantine/replay",
  {
    POST: {
      summary: "Load rejected rows: a run of the same version that begins where they were rejected",
      auth: "key-or-session",
      permission: "quarantine.edit",
      params: RunParams,
      input: ReplayQuarantineInput,
      output: QuarantineReplayed,
      status: 202,
      handler: async ({ ctx, params, input }) =>
        reply(await replayQuarantine({ ctx, input: { ...input, ...params } }), { status: 202 }),
    },
  },
);
