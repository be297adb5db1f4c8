import { routes } from "#lib/http/index.ts";
import { testChannel } from "#lib/notices/index.ts";
import { ChannelParams, ChannelTestSchema } from "#lib/notices/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes(
  "/api/v1/settings/channels/{id}/test",
  {
    POST: {
      summary: "Try a saved channel, stage by stage, with a message that says it is a test",
      auth: "key-or-session",
      permission: "settings.write",
      params: ChannelParams,
      output: ChannelTestSchema,
      handler: ({ ctx, params }) => testChannel({ ctx, id: params.id }),
    },
  },
);
