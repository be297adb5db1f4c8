import { routes } from "#lib/http/index.ts";
import { editQuarantineRow } from "#lib/runtime/index.ts";
import { EditQuarantineInput, QuarantinedRow, QuarantineRowParams } from "#lib/runtime/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes(
  "/api/v1/runs/{runId}/quarantine/{rowId}",
  {
    PATCH: {
      summary: "Change fields of a rejected row, for its replay",
      auth: "key-or-session",
      permission: "quarantine.edit",
      params: QuarantineRowParams,
      input: EditQuarantineInput,
      output: QuarantinedRow,
      handler: ({ ctx, params, input }) => editQuarantineRow({ ctx, input: { ...input, ...params } }),
    },
  },
);
