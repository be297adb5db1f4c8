import { StreamPreview } from "#lib/connectors/schema.ts";
import { routes } from "#lib/http/index.ts";
import { previewSessionStream } from "#lib/setup/index.ts";
import { SessionParams } from "#lib/setup/schema.ts";
import { PreviewQuery } from "#lib/sources/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/agents/ingestion/sessions/{id}/preview",
  {
    GET: {
      summary: "Show the first rows of a stream of the conversation's source",
      auth: "key-or-session",
      permission: "sources.write",
      params: SessionParams,
      query: PreviewQuery,
      output: StreamPreview,
      handler: ({ ctx, params, query }) => previewSessionStream({ ctx, id: params.id, input: query }),
    },
  },
);
