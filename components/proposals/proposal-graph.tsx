"use client";
import { Alert, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { PipelineGraph } from "#components/pipelines/pipeline-graph.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { afterTicks } from "./after-ticks.ts";
import type { OpenProposal } from "./conversation.ts";
import { GraphLegend } from "./graph-legend.tsx";
import { markedGraph } from "./graph-marks.ts";
import { proposalQuery } from "./queries.ts";

/** The graph as the ticked changes would make it, with added, changed and removed nodes told by colour and word. */
export default function ProposalGraph(props: { proposal: OpenProposal; ticked: readonly string[] }) {
  const { proposal, ticked } = props;
  const base = useQuery(proposalQuery(proposal.id));
  const graph = useMemo(() => {
    const before = base.data?.baseIr ?? undefined;
    const after = afterTicks(before, proposal, ticked);
    const changes = proposal.changes.filter((change) => ticked.includes(change.id));
    return after && markedGraph(before, after, changes);
  }, [base.data, proposal, ticked]);
  if (base.isPending) return <Skeleton height={320} role="status" aria-label="Loading the graph" />;
  if (base.isError) return <ErrorState error={base.error} onRetry={() => base.refetch()} />;
  if (!graph) return <Alert color="yellow">These changes need others that are not ticked.</Alert>;
  return (
    <Stack gap={6}>
      <GraphLegend marks={graph.marks} />
      <PipelineGraph ir={graph.ir} marks={graph.marks} label="Graph of the proposal" height="320px" />
    </Stack>
  );
}
