import { StreamPage } from "#lib/connectors/schema.ts";
import { routes } from "#lib/http/index.ts";
import { listSessionStreams } from "#lib/setup/index.ts";
import { SessionParams } from "#lib/setup/schema.ts";
import { ListStreamsQuery } from "#lib/sources/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/agents/ingestion/sessions/{id}/streams",
  {
    GET: {
      summary: "List what the conversation's source offers, page by page",
      auth: "key-or-session",
      permission: "sources.write",
      params: SessionParams,
      query: ListStreamsQuery,
      output: StreamPage,
      handler: ({ ctx, params, query }) => listSessionStreams({ ctx, id: params.id, input: query }),
    },
  },
);
