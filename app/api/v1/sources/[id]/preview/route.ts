import { StreamPreview } from "#lib/connectors/schema.ts";
import { routes } from "#lib/http/index.ts";
import { previewStream } from "#lib/sources/index.ts";
import { PreviewQuery, SourceParams } from "#lib/sources/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/sources/{id}/preview", {
  GET: {
    summary: "The first rows of one stream of a source",
    auth: "key-or-session",
    permission: "sources.read",
    params: SourceParams,
    query: PreviewQuery,
    output: StreamPreview,
    handler: ({ ctx, params, query }) => previewStream({ ctx, id: params.id, input: query }),
  },
});
