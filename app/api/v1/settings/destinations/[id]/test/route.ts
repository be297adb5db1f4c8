import { routes } from "#lib/http/index.ts";
import { testDestination } from "#lib/settings/index.ts";
import { DestinationParams, DestinationTestSchema } from "#lib/settings/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes(
  "/api/v1/settings/destinations/{id}/test",
  {
    POST: {
      summary: "Try a saved destination, stage by stage",
      auth: "key-or-session",
      permission: "settings.write",
      params: DestinationParams,
      output: DestinationTestSchema,
      handler: ({ ctx, params }) => testDestination({ ctx, id: params.id }),
    },
  },
);
