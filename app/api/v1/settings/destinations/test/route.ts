import { routes } from "#lib/http/index.ts";
import { testDestinationDraft } from "#lib/settings/index.ts";
import { DestinationTestSchema, TestDestinationInput } from "#lib/settings/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/destinations/test", {
  POST: {
    summary: "Try a destination before saving it",
    auth: "key-or-session",
    permission: "settings.write",
    input: TestDestinationInput,
    output: DestinationTestSchema,
    handler: ({ ctx, input }) => testDestinationDraft({ ctx, input }),
  },
});
