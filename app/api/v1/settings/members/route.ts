import { addMember, listMembers } from "#lib/auth/index.ts";
import { AddMemberInput, AddMemberOutput, MemberListSchema } from "#lib/auth/schema.ts";
import { routes } from "#lib/http/index.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/api/v1/settings/members", {
  GET: {
    summary: "List members",
    auth: "key-or-session",
    permission: "members.manage",
    output: MemberListSchema,
    handler: ({ ctx }) => listMembers({ ctx }),
  },
  POST: {
    summary: "Add a member; who is new gets a link to sign in with once",
    auth: "key-or-session",
    permission: "members.manage",
    input: AddMemberInput,
    output: AddMemberOutput,
    status: 201,
    handler: ({ ctx, input }) => addMember({ ctx, input }),
  },
});
