"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { refreshPipelines, requestRun, restoreVersion } from "#components/pipelines/queries.ts";
import { useSession } from "#components/shell/session.tsx";
import { notifyError } from "#components/ui/notify.ts";
import { isApiError } from "#lib/client/index.ts";
import type { ProposalView, StaleProposal } from "#lib/proposals/schema.ts";
import { chatKey, moveConversation, updateConversation, updateTurn } from "./chat-store.ts";
import { type AssistantTurn, addTurn, type Decision } from "./conversation.ts";
import { proposalTurn } from "./proposal-turn.ts";
import { applyProposal, rejectProposal } from "./queries.ts";
import { firstTicks } from "./tick-changes.ts";

/** What is ticked of a turn's proposal: the user's choice, or everything but hooks. */
export function tickedOf(turn: AssistantTurn): string[] {
  return turn.ticked ?? firstTicks(turn.proposal?.changes ?? []);
}

/** Apply, Reject, Undo and Run now of one turn's proposal. */
export function useProposalActions(key: string, turn: AssistantTurn, pipelineId: string | undefined) {
  const client = useQueryClient();
  const router = useRouter();
  const { tenant } = useSession();
  const proposal = turn.proposal;
  const decide = (decision: Decision) => updateTurn(key, turn.id, (one) => ({ ...one, decision }));

  const apply = useMutation({
    mutationFn: () => {
      const ticked = tickedOf(turn);
      return applyProposal(
        proposal?.id ?? "",
        ticked.length === proposal?.changes.length ? undefined : ticked,
      );
    },
    onSuccess: async (applied) => {
      decide({
        kind: "applied",
        pipelineId: applied.pipelineId,
        version: applied.version,
        executable: applied.executable,
      });
      await refreshPipelines(client);
      if (pipelineId) return;
      moveConversation(key, chatKey(tenant, applied.pipelineId));
      router.push(`/data/pipelines/${applied.pipelineId}`);
    },
    onError: (error) => {
      if (!isApiError(error) || error.code !== "stale_proposal") return;
      const stale = error.problem as unknown as StaleProposal;
      decide({ kind: "stale", currentVersion: stale.currentVersion, rebased: stale.rebased !== null });
      if (stale.rebased)
        updateConversation(key, (before) => addTurn(before, proposalTurn(stale.rebased as ProposalView)));
      refreshPipelines(client);
    },
  });

  const reject = useMutation({
    mutationFn: (reason: string) =>
      rejectProposal({
        proposalId: proposal?.id ?? "",
        ...(pipelineId ? { pipelineId } : {}),
        rationale: proposal?.rationale ?? "",
        patch: proposal?.patch ?? [],
        reason,
      }),
    onSuccess: (_, reason) => decide({ kind: "rejected", reason }),
  });

  const undo = useMutation({
    mutationFn: ({ id, version }: { id: string; version: number }) =>
      restoreVersion(id, proposal?.baseVersion ?? 0, version),
    onSuccess: async (saved) => {
      updateTurn(key, turn.id, (one) =>
        one.decision?.kind === "applied"
          ? { ...one, decision: { ...one.decision, undoneBy: saved.version } }
          : one,
      );
      await refreshPipelines(client);
    },
    onError: (error) => notifyError("Could not undo", error),
  });

  const run = useMutation({
    mutationFn: (id: string) => requestRun(id, crypto.randomUUID()),
    onSuccess: ({ runId }) => {
      client.invalidateQueries({ queryKey: ["runs"] });
      router.push(`/data/runs/${runId}`);
    },
    onError: (error) => notifyError("The run could not be asked for", error),
  });

  return { apply, reject, undo, run };
}
