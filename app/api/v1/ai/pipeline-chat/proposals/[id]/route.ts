import { routes } from "#lib/http/index.ts";
import { getProposal } from "#lib/proposals/index.ts";
import { ProposalParams, ProposalView } from "#lib/proposals/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/ai/pipeline-chat/proposals/{id}",
  {
    GET: {
      summary: "One proposal with its patch, changes and result",
      auth: "key-or-session",
      permission: "pipelines.read",
      params: ProposalParams,
      output: ProposalView,
      handler: ({ ctx, params }) => getProposal({ ctx, input: params }),
    },
  },
);
