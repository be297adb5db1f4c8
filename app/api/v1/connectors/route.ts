import { routes } from "#lib/http/index.ts";
import { connectorViews } from "#lib/sources/index.ts";
import { ConnectorViews } from "#lib/sources/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/connectors", {
  GET: {
    summary: "The connectors, each with the fields it needs as JSON Schema",
    auth: "key-or-session",
    permission: "sources.read",
    output: ConnectorViews,
    handler: () => connectorViews(),
  },
});
