import { routes } from "#lib/http/index.ts";
import { sourceUses } from "#lib/runs/index.ts";
import { SourceParams, SourceUses } from "#lib/sources/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/sources/{id}/uses", {
  GET: {
    summary: "The pipelines that read from a source",
    auth: "key-or-session",
    permission: "sources.read",
    params: SourceParams,
    output: SourceUses,
    handler: ({ ctx, params }) => sourceUses({ ctx, id: params.id }),
  },
});
