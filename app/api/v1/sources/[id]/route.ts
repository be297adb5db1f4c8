import { routes } from "#lib/http/index.ts";
import { changeSource, forgetSource } from "#lib/runtime/index.ts";
import { getSource } from "#lib/sources/index.ts";
import { Source, SourceParams, UpdateSourceInput } from "#lib/sources/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/sources/{id}", {
  GET: {
    summary: "One source, by id or name",
    auth: "key-or-session",
    permission: "sources.read",
    params: SourceParams,
    output: Source,
    handler: ({ ctx, params }) => getSource({ ctx, id: params.id }),
  },
  PATCH: {
    summary: "Change a source's title or fields, or give a secret anew",
    description:
      "Fields that are left out stay. If the server, the user or the encryption changes, the secrets are given again.",
    auth: "key-or-session",
    permission: "sources.write",
    params: SourceParams,
    input: UpdateSourceInput,
    output: Source,
    handler: ({ ctx, params, input }) => changeSource({ ctx, id: params.id, input }),
  },
  DELETE: {
    summary: "Forget a source that no pipeline reads from",
    auth: "key-or-session",
    permission: "sources.write",
    params: SourceParams,
    handler: ({ ctx, params }) => forgetSource({ ctx, id: params.id }),
  },
});
