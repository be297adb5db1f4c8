import { routes } from "#lib/http/index.ts";
import { rejectProposal } from "#lib/proposals/index.ts";
import { ProposalParams, ProposalView, RejectProposalBody } from "#lib/proposals/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/ai/pipeline-chat/proposals/{id}/reject",
  {
    POST: {
      summary: "Turn a proposal down, with the reason",
      auth: "key-or-session",
      permission: "proposals.decide",
      params: ProposalParams,
      input: RejectProposalBody,
      output: ProposalView,
      handler: ({ ctx, params, input }) => rejectProposal({ ctx, input: { ...params, ...input } }),
    },
  },
);
