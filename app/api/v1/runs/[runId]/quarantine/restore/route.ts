import { routes } from "#lib/http/index.ts";
import { RunParams } from "#lib/runs/schema.ts";
import { restoreQuarantine } from "#lib/runtime/index.ts";
import { QuarantineChanged, RestoreQuarantineInput } from "#lib/runtime/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes(
  "/api/v1/runs/{runId}/quarantine/restore",
  {
    POST: {
      summary: "Let discarded rows wait again",
      auth: "key-or-session",
      permission: "quarantine.edit",
      params: RunParams,
      input: RestoreQuarantineInput,
      output: QuarantineChanged,
      handler: ({ ctx, params, input }) => restoreQuarantine({ ctx, input: { ...input, ...params } }),
    },
  },
);
