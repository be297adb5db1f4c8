import { removeMember, updateMember } from "#lib/auth/index.ts";
import { MemberParams, MemberSchema, UpdateMemberInput } from "#lib/auth/schema.ts";
import { routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/members/{userId}", {
  PATCH: {
    summary: "Change a member's roles",
    auth: "key-or-session",
    permission: "members.manage",
    params: MemberParams,
    input: UpdateMemberInput,
    output: MemberSchema,
    handler: ({ ctx, params, input }) => updateMember({ ctx, userId: params.userId, input }),
  },
  DELETE: {
    summary: "Remove a member",
    auth: "key-or-session",
    permission: "members.manage",
    params: MemberParams,
    status: 204,
    handler: ({ ctx, params }) => removeMember({ ctx, userId: params.userId }),
  },
});
