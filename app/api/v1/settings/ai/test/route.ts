import { routes } from "#lib/http/index.ts";
import { testAiSettings } from "#lib/settings/index.ts";
import { AiTestSchema, TestAiInput } from "#lib/settings/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/ai/test", {
  POST: {
    summary: "Make one constrained call, and say which layer failed",
    description: "With a body a draft is tried, which is not kept; with `{}` what is in force.",
    auth: "key-or-session",
    permission: "settings.write",
    input: TestAiInput,
    output: AiTestSchema,
    handler: ({ ctx, input }) => testAiSettings({ ctx, input }),
  },
});
