import { StreamPage } from "#lib/connectors/schema.ts";
import { routes } from "#lib/http/index.ts";
import { listStreams } from "#lib/sources/index.ts";
import { ListStreamsQuery, SourceParams } from "#lib/sources/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/sources/{id}/streams", {
  GET: {
    summary: "What a source offers, a page at a time, by name",
    auth: "key-or-session",
    permission: "sources.read",
    params: SourceParams,
    query: ListStreamsQuery,
    output: StreamPage,
    handler: ({ ctx, params, query }) => listStreams({ ctx, id: params.id, input: query }),
  },
});
