"use client";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { NodeMark } from "#components/pipelines/node-card.tsx";
import { PipelineGraph } from "#components/pipelines/pipeline-graph.tsx";
import type { PipelineIr } from "#lib/ir/schema.ts";
import type { OpenProposal } from "./conversation.ts";
import { proposalQuery } from "./queries.ts";

/** The graph as it would be, with added, changed and removed nodes told by border and word. */
export default function ProposalGraph({ proposal }: { proposal: OpenProposal }) {
  const base = useQuery(proposalQuery(proposal.id));
  const { ir, marks } = useMemo(
    () => marked(base.data?.baseIr ?? undefined, proposal),
    [base.data, proposal],
  );
  return <PipelineGraph ir={ir} marks={marks} label="Graph of the proposal" height="320px" />;
}

function marked(before: PipelineIr | undefined, proposal: OpenProposal) {
  const after = proposal.resultingIr;
  const kept = new Set(after.nodes.map((node) => node.id));
  const known = new Set(before?.nodes.map((node) => node.id));
  const gone = before?.nodes.filter((node) => !kept.has(node.id)) ?? [];
  const marks: Record<string, NodeMark> = {};
  for (const { nodeId } of proposal.changes) {
    if (nodeId) marks[nodeId] = kept.has(nodeId) ? (known.has(nodeId) ? "changed" : "added") : "removed";
  }
  return { ir: { ...after, nodes: [...after.nodes, ...gone] }, marks };
}
