import { routes } from "#lib/http/index.ts";
import { applyProposal } from "#lib/proposals/index.ts";
import { AppliedProposal, ApplyProposalBody, ProposalParams } from "#lib/proposals/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/ai/pipeline-chat/proposals/{id}/apply",
  {
    POST: {
      summary: "Make a proposal, or some of its changes, the next version",
      description:
        "409 `stale_proposal` carries `currentVersion` and, where the patch still fits, `rebased`.",
      auth: "key-or-session",
      permission: "proposals.decide",
      params: ProposalParams,
      input: ApplyProposalBody,
      output: AppliedProposal,
      handler: ({ ctx, params, input }) => applyProposal({ ctx, input: { ...params, ...input } }),
    },
  },
);
