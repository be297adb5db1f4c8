import { routes } from "#lib/http/index.ts";
import { getVolume } from "#lib/ingest/index.ts";
import { Volume, VolumeQuery } from "#lib/ingest/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/v1/events/volume", {
  GET: {
    summary: "Events by the minute or hour they came in",
    auth: "key-or-session",
    permission: "memory.read",
    query: VolumeQuery,
    output: Volume,
    handler: ({ ctx, query }) => getVolume({ ctx, input: query }),
  },
});
