import { routes } from "#lib/http/index.ts";
import { testSource } from "#lib/sources/index.ts";
import { CheckResult, SourceParams } from "#lib/sources/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/sources/{id}/test", {
  POST: {
    summary: "Try a saved source, stage by stage",
    auth: "key-or-session",
    permission: "sources.write",
    params: SourceParams,
    output: CheckResult,
    handler: ({ ctx, params }) => testSource({ ctx, id: params.id }),
  },
});
