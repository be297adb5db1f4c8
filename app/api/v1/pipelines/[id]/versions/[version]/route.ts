import { routes } from "#lib/http/index.ts";
import { getVersion } from "#lib/pipelines/index.ts";
import { VersionDetail, VersionParams } from "#lib/pipelines/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/pipelines/{id}/versions/{version}",
  {
    GET: {
      summary: "Get one version with its IR and its changes against the one before",
      auth: "key-or-session",
      permission: "pipelines.read",
      params: VersionParams,
      output: VersionDetail,
      handler: ({ ctx, params }) => getVersion({ ctx, input: params }),
    },
  },
);
