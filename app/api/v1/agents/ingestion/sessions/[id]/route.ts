import { routes } from "#lib/http/index.ts";
import { deleteSession, getSession } from "#lib/setup/index.ts";
import { SessionParams, SetupSessionView } from "#lib/setup/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/agents/ingestion/sessions/{id}",
  {
    GET: {
      summary: "Look at a conversation: its state, what is known, and what was said, without secrets",
      auth: "key-or-session",
      permission: "sources.write",
      params: SessionParams,
      output: SetupSessionView,
      handler: ({ ctx, params }) => getSession({ ctx, id: params.id }),
    },
    DELETE: {
      summary: "End a conversation and shred what was entered in it",
      auth: "key-or-session",
      permission: "sources.write",
      params: SessionParams,
      status: 204,
      handler: ({ ctx, params }) => deleteSession({ ctx, id: params.id }),
    },
  },
);
