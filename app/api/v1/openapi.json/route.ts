import { z } from "zod";
import { publicUrl } from "#lib/env.ts";
import { openApiDocument, routes } from "#lib/http/index.ts";
import packageJson from "../../../../package.json" with { type: "json" };

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/openapi.json", {
  GET: {
    summary: "This API as an OpenAPI 3.1 document",
    auth: "public",
    output: z.record(z.string(), z.unknown()),
    handler: async () => {
      // Each route declares itself when it is imported. Imported late: the list holds this file's neighbours.
      await import("../../route-index.ts");
      return openApiDocument({ version: packageJson.version, url: publicUrl() });
    },
  },
});
