import { routes } from "#lib/http/index.ts";
import { createSource, listSources } from "#lib/sources/index.ts";
import { CreateSourceInput, ListSourcesQuery, Source, SourceList } from "#lib/sources/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/sources", {
  GET: {
    summary: "The saved sources, latest change first",
    auth: "key-or-session",
    permission: "sources.read",
    query: ListSourcesQuery,
    output: SourceList,
    handler: ({ ctx, query }) => listSources({ ctx, input: query }),
  },
  POST: {
    summary: "Save a source",
    description: "Secrets among the fields are sealed and never shown again.",
    auth: "key-or-session",
    permission: "sources.write",
    status: 201,
    input: CreateSourceInput,
    output: Source,
    handler: ({ ctx, input }) => createSource({ ctx, input }),
  },
});
