import { routes } from "#lib/http/index.ts";
import { listDeliveries } from "#lib/notices/index.ts";
import { ChannelParams, DeliveryListSchema } from "#lib/notices/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes(
  "/api/v1/settings/channels/{id}/deliveries",
  {
    GET: {
      summary: "The latest messages of a channel, and what became of them",
      auth: "key-or-session",
      permission: "settings.read",
      params: ChannelParams,
      output: DeliveryListSchema,
      handler: ({ ctx, params }) => listDeliveries({ ctx, id: params.id }),
    },
  },
);
