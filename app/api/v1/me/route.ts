import { getMe } from "#lib/auth/index.ts";
import { MeSchema } from "#lib/auth/schema.ts";
import { routes } from "#lib/http/index.ts";
import { tenantNames } from "#lib/settings/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/me", {
  GET: {
    summary: "Who is asking: user, tenant, roles, and the tenants to choose from",
    auth: "key-or-session",
    permission: "self.read",
    output: MeSchema,
    handler: async ({ ctx, request }) => {
      const me = await getMe({ ctx, byKey: request.headers.has("authorization") });
      const ids = me.tenants.map((tenant) => tenant.id);
      const names = await tenantNames(ctx.db, ids);
      const tenants = me.tenants.map(({ id, roles }) => ({ id, name: names.get(id) ?? id, roles }));
      return { ...me, tenants };
    },
  },
});
