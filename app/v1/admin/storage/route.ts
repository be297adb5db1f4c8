import { routes } from "#lib/http/index.ts";
import { storage } from "#lib/ingest/index.ts";
import { Storage } from "#lib/ingest/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/v1/admin/storage", {
  GET: {
    summary: "Rows and bytes of the tenant, table by table",
    auth: "key-or-session",
    permission: "audit.read",
    output: Storage,
    handler: ({ ctx }) => storage({ ctx }),
  },
});
