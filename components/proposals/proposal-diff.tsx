"use client";
import { Alert, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { IrDiff } from "#components/pipelines/ir-diff.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { afterTicks } from "./after-ticks.ts";
import type { OpenProposal } from "./conversation.ts";
import { proposalQuery } from "./queries.ts";

/** The coloured diff of what is ticked, against the version that the proposal was made for. */
export default function ProposalDiff(props: {
  proposal: OpenProposal;
  ticked: readonly string[];
  split: boolean;
  whole?: boolean;
}) {
  const { proposal, ticked, split, whole } = props;
  const base = useQuery(proposalQuery(proposal.id));
  const before = base.data?.baseIr ?? undefined;
  const after = useMemo(() => afterTicks(before, proposal, ticked), [before, proposal, ticked]);
  if (base.isPending) return <Skeleton height={180} role="status" aria-label="Loading the diff" />;
  if (base.isError) return <ErrorState error={base.error} onRetry={() => base.refetch()} />;
  if (!after) return <Alert color="yellow">These changes need others that are not ticked.</Alert>;
  return <IrDiff before={before} after={after} split={split} {...(whole ? { whole } : {})} />;
}
