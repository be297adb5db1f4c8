import { routes } from "#lib/http/index.ts";
import { createDestination, listDestinations } from "#lib/settings/index.ts";
import { CreateDestinationInput, DestinationListSchema, DestinationSchema } from "#lib/settings/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/destinations", {
  GET: {
    summary: "List destinations",
    auth: "key-or-session",
    permission: "settings.read",
    output: DestinationListSchema,
    handler: ({ ctx }) => listDestinations({ ctx }),
  },
  POST: {
    summary: "Add a destination",
    auth: "key-or-session",
    permission: "settings.write",
    input: CreateDestinationInput,
    output: DestinationSchema,
    status: 201,
    handler: ({ ctx, input }) => createDestination({ ctx, input }),
  },
});
