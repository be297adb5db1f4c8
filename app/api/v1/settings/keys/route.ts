import { createApiKey, listApiKeys } from "#lib/auth/index.ts";
import { ApiKeyListSchema, CreateApiKeyInput, CreateApiKeyOutput } from "#lib/auth/schema.ts";
import { routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/keys", {
  GET: {
    summary: "List API keys and gateway keys",
    auth: "key-or-session",
    permission: "keys.manage",
    output: ApiKeyListSchema,
    handler: ({ ctx }) => listApiKeys({ ctx }),
  },
  POST: {
    summary: "Make a key; its secret is shown this once",
    auth: "key-or-session",
    permission: "keys.manage",
    input: CreateApiKeyInput,
    output: CreateApiKeyOutput,
    status: 201,
    handler: ({ ctx, input, request }) =>
      createApiKey({ ctx, input, byKey: request.headers.has("authorization") }),
  },
});
