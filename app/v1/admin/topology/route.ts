import { routes } from "#lib/http/index.ts";
import { topology } from "#lib/ingest/index.ts";
import { Topology } from "#lib/ingest/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/v1/admin/topology", {
  GET: {
    summary: "What this deployment is made of",
    auth: "key-or-session",
    permission: "audit.read",
    output: Topology,
    handler: ({ ctx }) => topology({ ctx }),
  },
});
