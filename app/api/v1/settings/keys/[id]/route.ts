import { revokeApiKey } from "#lib/auth/index.ts";
import { ApiKeyParams } from "#lib/auth/schema.ts";
import { routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/keys/{id}", {
  DELETE: {
    summary: "Revoke a key",
    auth: "key-or-session",
    permission: "keys.manage",
    params: ApiKeyParams,
    status: 204,
    handler: ({ ctx, params }) => revokeApiKey({ ctx, id: params.id }),
  },
});
