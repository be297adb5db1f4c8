import { z } from "zod";
import { routes } from "#lib/http/index.ts";
import { irJsonSchema } from "#lib/ir/index.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/pipelines/ir-schema", {
  GET: {
    summary: "Get the JSON Schema of pipeline IR 1.0",
    auth: "key-or-session",
    permission: "pipelines.read",
    output: z.record(z.string(), z.unknown()),
    handler: () => irJsonSchema(),
  },
});
