import { routes } from "#lib/http/index.ts";
import { previewDocuments } from "#lib/proposals/index.ts";
import { PreviewProposalBody, ProposalParams } from "#lib/proposals/schema.ts";
import { previewPlan } from "#lib/runtime/index.ts";
import { Preview } from "#lib/runtime/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/ai/pipeline-chat/proposals/{id}/preview",
  {
    POST: {
      summary: "Try a proposal, or some of its changes, on the first rows of each source; nothing is written",
      auth: "key-or-session",
      permission: "proposals.create",
      params: ProposalParams,
      input: PreviewProposalBody,
      output: Preview,
      handler: async ({ ctx, params, input }) =>
        previewPlan({ ctx, input: await previewDocuments({ ctx, input: { ...params, ...input } }) }),
    },
  },
);
