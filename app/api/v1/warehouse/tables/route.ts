import { routes } from "#lib/http/index.ts";
import { listTables } from "#lib/runtime/index.ts";
import { WarehouseTables } from "#lib/runtime/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/warehouse/tables", {
  GET: {
    summary: "List the tables of the built-in warehouse",
    auth: "key-or-session",
    permission: "warehouse.read",
    output: WarehouseTables,
    handler: ({ ctx }) => listTables({ ctx }),
  },
});
