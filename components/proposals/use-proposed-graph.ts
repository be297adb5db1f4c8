"use client";
import { useQuery } from "@tanstack/react-query";
import { useSession } from "#components/shell/session.tsx";
import { useAssistant } from "./assistant-context.tsx";
import { chatKey } from "./chat-store.ts";
import { openTurn } from "./conversation.ts";
import type { MarkedGraph } from "./graph-marks.ts";
import { proposalQuery } from "./queries.ts";
import { firstTicks } from "./tick-changes.ts";
import { useConversation } from "./use-conversation.ts";

/**
 * The pipeline's graph as the ticked changes of the open proposal would make it, while the panel beside it is open.
 * Undefined where nothing waits for a decision, or the ticked changes cannot stand alone.
 */
export function useProposedGraph(pipelineId: string): MarkedGraph | undefined {
  const { tenant } = useSession();
  const { opened } = useAssistant();
  const turn = openTurn(useConversation(chatKey(tenant, pipelineId)));
  const proposal = opened ? turn?.proposal : undefined;
  const ticked = turn?.ticked ?? firstTicks(proposal?.changes ?? []);
  const base = useQuery({ ...proposalQuery(proposal?.id ?? ""), enabled: proposal !== undefined });
  const before = base.data?.baseIr;
  const graph = useQuery({
    queryKey: ["proposals", proposal?.id, "graph", ticked],
    enabled: proposal !== undefined && before !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    // While the graph for other ticks is made, this one stays; that of another proposal does not.
    placeholderData: (previous: MarkedGraph | null | undefined, query) =>
      query?.queryKey[1] === proposal?.id ? previous : undefined,
    queryFn: async () => {
      // The language of pipelines is heavy, and most pages are read without a proposal.
      const [{ afterTicks }, { markedGraph }] = await Promise.all([
        import("./after-ticks.ts"),
        import("./graph-marks.ts"),
      ]);
      if (!proposal) return null;
      const after = afterTicks(before ?? undefined, proposal, ticked);
      const changes = proposal.changes.filter((change) => ticked.includes(change.id));
      return after ? markedGraph(before ?? undefined, after, changes) : null;
    },
  });
  return proposal ? (graph.data ?? undefined) : undefined;
}
