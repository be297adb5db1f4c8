import { getMe } from "#lib/auth/index.ts";
import { MeSchema } from "#lib/auth/schema.ts";
import { routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/me", {
  GET: {
    summary: "Who is asking: user, tenant, roles",
    auth: "key-or-session",
    permission: "self.read",
    output: MeSchema,
    handler: ({ ctx }) => getMe({ ctx }),
  },
});
