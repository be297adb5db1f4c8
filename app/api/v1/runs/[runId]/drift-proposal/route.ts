import { reply, routes } from "#lib/http/index.ts";
import { proposeDrift } from "#lib/proposals/index.ts";
import { ProposalView, ProposeDriftBody } from "#lib/proposals/schema.ts";
import { RunParams } from "#lib/runs/schema.ts";

export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = routes(
  "/api/v1/runs/{runId}/drift-proposal",
  {
    POST: {
      summary: "Propose a change that answers the changed columns that a run met; no model is asked",
      auth: "key-or-session",
      permission: "proposals.create",
      params: RunParams,
      input: ProposeDriftBody,
      output: ProposalView,
      status: 201,
      handler: async ({ ctx, params, input }) =>
        reply(await proposeDrift({ ctx, input: { ...params, ...input } }), { status: 201 }),
    },
  },
);
