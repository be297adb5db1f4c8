import { routes } from "#lib/http/index.ts";
import { listProposals } from "#lib/proposals/index.ts";
import { ListProposalsInput, ProposalPage } from "#lib/proposals/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes("/api/v1/ai/pipeline-chat/proposals", {
  GET: {
    summary: "Proposals, newest first",
    auth: "key-or-session",
    permission: "pipelines.read",
    query: ListProposalsInput,
    output: ProposalPage,
    handler: ({ ctx, query }) => listProposals({ ctx, input: query }),
  },
});
