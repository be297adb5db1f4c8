import { queryOptions } from "@tanstack/react-query";
import { api } from "#lib/client/index.ts";
import type { AppliedProposal, ProposalView } from "#lib/proposals/schema.ts";
import type { Preview } from "#lib/runtime/schema.ts";

const root = "/api/v1/ai/pipeline-chat";
/** Where a proposal is. */
export const proposalPath = (id: string) => `${root}/proposals/${encodeURIComponent(id)}`;

/** A whole proposal, with what its patch was made against. */
export const proposalQuery = (id: string) =>
  queryOptions({
    queryKey: ["proposals", id],
    queryFn: ({ signal }) => api.get<ProposalView>(proposalPath(id), { signal }),
  });

/** The dry run of a proposal, or of the ticked part of it. It is asked for anew for each choice. */
export const previewQuery = (id: string, changes: readonly string[] | undefined) =>
  queryOptions({
    queryKey: ["proposals", id, "preview", changes ?? "all"],
    queryFn: ({ signal }) =>
      api.post<Preview>(`${proposalPath(id)}/preview`, changes ? { changes } : {}, { signal }),
    staleTime: 60_000,
    retry: false,
  });

/** Applies a proposal, or the ticked part of it; 409 `stale_proposal` may carry a rebased one. */
export const applyProposal = (id: string, changes: readonly string[] | undefined) =>
  api.post<AppliedProposal>(`${proposalPath(id)}/apply`, changes ? { changes } : {});

/** Rejects a proposal; the reason teaches the next one. */
export const rejectProposal = (input: {
  proposalId: string;
  pipelineId?: string;
  rationale: string;
  patch: unknown[];
  reason: string;
}) => api.post<void>(`${root}/feedback`, input);
