import { routes } from "#lib/http/index.ts";
import { createChannel, listChannels } from "#lib/notices/index.ts";
import { ChannelListSchema, ChannelSchema, CreateChannelInput } from "#lib/notices/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/channels", {
  GET: {
    summary: "List the channels that alerts and lineage go through",
    auth: "key-or-session",
    permission: "settings.read",
    output: ChannelListSchema,
    handler: ({ ctx }) => listChannels({ ctx }),
  },
  POST: {
    summary: "Add a channel",
    auth: "key-or-session",
    permission: "settings.write",
    input: CreateChannelInput,
    output: ChannelSchema,
    status: 201,
    handler: ({ ctx, input }) => createChannel({ ctx, input }),
  },
});
