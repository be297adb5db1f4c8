import { routes } from "#lib/http/index.ts";
import { testChannelDraft } from "#lib/notices/index.ts";
import { ChannelTestSchema, TestChannelInput } from "#lib/notices/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/channels/test", {
  POST: {
    summary: "Try a channel before saving it",
    auth: "key-or-session",
    permission: "settings.write",
    input: TestChannelInput,
    output: ChannelTestSchema,
    handler: ({ ctx, input }) => testChannelDraft({ ctx, input }),
  },
});
