import { changePassword } from "#lib/auth/index.ts";
import { ChangePasswordInput } from "#lib/auth/schema.ts";
import { routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/me/password", {
  POST: {
    summary: "Set your own password",
    auth: "session",
    permission: "self.read",
    input: ChangePasswordInput,
    status: 204,
    handler: ({ ctx, input }) => changePassword({ ctx, input }),
  },
});
