import { routes } from "#lib/http/index.ts";
import { readTable } from "#lib/runtime/index.ts";
import { ReadTableQuery, TableParams, TableRows } from "#lib/runtime/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/warehouse/tables/{table}", {
  GET: {
    summary: "Rows of one table of the built-in warehouse",
    auth: "key-or-session",
    permission: "warehouse.read",
    params: TableParams,
    query: ReadTableQuery,
    output: TableRows,
    handler: ({ ctx, params, query }) => readTable({ ctx, input: { ...params, ...query } }),
  },
});
