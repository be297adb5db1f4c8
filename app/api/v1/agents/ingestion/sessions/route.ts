import { routes } from "#lib/http/index.ts";
import { createSession, listSessions } from "#lib/setup/index.ts";
import { ListSessionsQuery, SetupSessionList, SetupStarted } from "#lib/setup/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/agents/ingestion/sessions", {
  GET: {
    summary: "List one's own conversations with the set-up agent, latest first",
    auth: "key-or-session",
    permission: "sources.write",
    query: ListSessionsQuery,
    output: SetupSessionList,
    handler: ({ ctx, query }) => listSessions({ ctx, input: query }),
  },
  POST: {
    summary: "Begin a conversation that sets up a source",
    auth: "key-or-session",
    permission: "sources.write",
    status: 201,
    output: SetupStarted,
    handler: ({ ctx }) => createSession({ ctx }),
  },
});
