import { routes } from "#lib/http/index.ts";
import { retryDelivery } from "#lib/notices/index.ts";
import { DeliveryParams, DeliverySchema } from "#lib/notices/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes(
  "/api/v1/settings/channels/{id}/deliveries/{deliveryId}/retry",
  {
    POST: {
      summary: "Send a message again that was not taken",
      auth: "key-or-session",
      permission: "settings.write",
      params: DeliveryParams,
      output: DeliverySchema,
      handler: ({ ctx, params }) => retryDelivery({ ctx, ...params }),
    },
  },
);
