import { routes } from "#lib/http/index.ts";
import { ValidateAnswer, ValidateInput } from "#lib/pipelines/schema.ts";
import { validateIr } from "#lib/runs/index.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/validate", {
  POST: {
    summary: "Check an IR without storing it",
    auth: "key-or-session",
    permission: "pipelines.read",
    input: ValidateInput,
    output: ValidateAnswer,
    handler: ({ ctx, input }) => validateIr({ ctx, input }),
  },
});
