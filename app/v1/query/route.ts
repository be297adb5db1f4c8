import { routes } from "#lib/http/index.ts";
import { queryMemory } from "#lib/memory/index.ts";
import { QueryInput, QueryResult } from "#lib/memory/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/v1/query", {
  POST: {
    summary: "Ask memory: hits by words, spelling, recency, importance and neighbourhood, with provenance",
    auth: "key-or-session",
    permission: "memory.read",
    input: QueryInput,
    output: QueryResult,
    handler: ({ ctx, input }) => queryMemory({ ctx, input }),
  },
});
