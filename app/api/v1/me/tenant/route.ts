import { chooseTenant } from "#lib/auth/index.ts";
import { ChooseTenantInput } from "#lib/auth/schema.ts";
import { reply, routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/me/tenant", {
  POST: {
    summary: "Choose the tenant to work in",
    auth: "session",
    permission: "self.read",
    input: ChooseTenantInput,
    status: 204,
    handler: async ({ ctx, input }) => {
      const { cookie } = await chooseTenant({ ctx, input });
      return reply(undefined, { headers: { "set-cookie": cookie } });
    },
  },
});
