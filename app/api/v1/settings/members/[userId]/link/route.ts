import { issueMemberLink } from "#lib/auth/index.ts";
import { MemberParams, SignInLinkSchema } from "#lib/auth/schema.ts";
import { routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes(
  "/api/v1/settings/members/{userId}/link",
  {
    POST: {
      summary: "Make a new one-time sign-in link for a member",
      auth: "key-or-session",
      permission: "members.manage",
      params: MemberParams,
      output: SignInLinkSchema,
      handler: ({ ctx, params }) => issueMemberLink({ ctx, userId: params.userId }),
    },
  },
);
