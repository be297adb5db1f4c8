import { routes } from "#lib/http/index.ts";
import { getTableLineage } from "#lib/runs/index.ts";
import { TableLineage, TableLineageQuery } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/lineage", {
  GET: {
    summary: "List the pipelines that write and read a table",
    auth: "key-or-session",
    permission: "pipelines.read",
    query: TableLineageQuery,
    output: TableLineage,
    handler: ({ ctx, query }) => getTableLineage({ ctx, input: query }),
  },
});
