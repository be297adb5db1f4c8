import { routes } from "#lib/http/index.ts";
import { RunParams } from "#lib/runs/schema.ts";
import { discardQuarantine } from "#lib/runtime/index.ts";
import { DiscardQuarantineInput, QuarantineChanged } from "#lib/runtime/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes(
  "/api/v1/runs/{runId}/quarantine/discard",
  {
    POST: {
      summary: "Say that rejected rows are not meant to be loaded",
      auth: "key-or-session",
      permission: "quarantine.edit",
      params: RunParams,
      input: DiscardQuarantineInput,
      output: QuarantineChanged,
      handler: ({ ctx, params, input }) => discardQuarantine({ ctx, input: { ...input, ...params } }),
    },
  },
);
