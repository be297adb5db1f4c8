import { routes } from "#lib/http/index.ts";
import { deleteDestination, updateDestination } from "#lib/settings/index.ts";
import { DestinationParams, DestinationSchema, UpdateDestinationInput } from "#lib/settings/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/destinations/{id}", {
  PUT: {
    summary: "Change a destination",
    auth: "key-or-session",
    permission: "settings.write",
    params: DestinationParams,
    input: UpdateDestinationInput,
    output: DestinationSchema,
    handler: ({ ctx, params, input }) => updateDestination({ ctx, id: params.id, input }),
  },
  DELETE: {
    summary: "Delete a destination",
    auth: "key-or-session",
    permission: "settings.write",
    params: DestinationParams,
    status: 204,
    handler: ({ ctx, params }) => deleteDestination({ ctx, id: params.id }),
  },
});
