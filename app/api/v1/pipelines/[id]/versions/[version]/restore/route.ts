import { reply, routes } from "#lib/http/index.ts";
import { SavedVersion, VersionParams } from "#lib/pipelines/schema.ts";
import { restoreVersion, toSavedVersion } from "#lib/runs/index.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/pipelines/{id}/versions/{version}/restore",
  {
    POST: {
      summary: "Make an older version the newest again, as a new version",
      auth: "key-or-session",
      permission: "pipelines.write",
      params: VersionParams,
      output: SavedVersion,
      status: 201,
      handler: async ({ ctx, params }) => {
        const saved = toSavedVersion(await restoreVersion({ ctx, input: params }));
        return reply(saved, { status: 201, headers: { etag: `"${saved.version}"` } });
      },
    },
  },
);
