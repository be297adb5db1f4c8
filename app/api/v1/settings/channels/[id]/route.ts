import { routes } from "#lib/http/index.ts";
import { deleteChannel, getChannel, updateChannel } from "#lib/notices/index.ts";
import { ChannelParams, ChannelSchema, UpdateChannelInput } from "#lib/notices/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/channels/{id}", {
  GET: {
    summary: "One channel, without its secret",
    auth: "key-or-session",
    permission: "settings.read",
    params: ChannelParams,
    output: ChannelSchema,
    handler: ({ ctx, params }) => getChannel({ ctx, id: params.id }),
  },
  PATCH: {
    summary: "Change a channel; what is left out stays",
    auth: "key-or-session",
    permission: "settings.write",
    params: ChannelParams,
    input: UpdateChannelInput,
    output: ChannelSchema,
    handler: ({ ctx, params, input }) => updateChannel({ ctx, id: params.id, input }),
  },
  DELETE: {
    summary: "Delete a channel and its messages",
    auth: "key-or-session",
    permission: "settings.write",
    params: ChannelParams,
    status: 204,
    handler: ({ ctx, params }) => deleteChannel({ ctx, id: params.id }),
  },
});
