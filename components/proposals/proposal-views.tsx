"use client";
import { ActionIcon, Group, SegmentedControl, Skeleton, Stack, Tooltip } from "@mantine/core";
import { IconLayoutColumns, IconLayoutList } from "@tabler/icons-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import type { OpenProposal } from "./conversation.ts";

const Loading = () => <Skeleton height={180} role="status" aria-label="Loading" />;
const ProposalDiff = dynamic(() => import("./proposal-diff.tsx"), { ssr: false, loading: Loading });
const DryRun = dynamic(() => import("./dry-run.tsx"), { ssr: false, loading: Loading });
const ProposalGraph = dynamic(() => import("./proposal-graph.tsx"), { ssr: false, loading: Loading });

type View = "diff" | "preview" | "graph";

/** The ticked changes as a diff, as a dry run, and as a graph. */
export function ProposalViews(props: { proposal: OpenProposal; ticked: readonly string[]; open: boolean }) {
  const { proposal, ticked, open } = props;
  const [view, setView] = useState<View>("diff");
  const [split, setSplit] = useState(false);
  const all = ticked.length === proposal.changes.length;
  return (
    <Stack gap="sm">
      <Group justify="space-between" wrap="nowrap">
        <SegmentedControl
          size="xs"
          aria-label="How to look at the proposal"
          value={view}
          onChange={(value) => setView(value as View)}
          data={[
            { value: "diff", label: "Diff" },
            // What was decided is tried no more: its pipeline has moved on.
            ...(open ? [{ value: "preview", label: "Dry run" }] : []),
            { value: "graph", label: "Graph" },
          ]}
        />
        {view === "diff" && (
          <Tooltip label={split ? "Show as one column" : "Show side by side"}>
            <ActionIcon
              variant="default"
              size="md"
              onClick={() => setSplit(!split)}
              aria-label={split ? "Show the diff as one column" : "Show the diff side by side"}
            >
              {split ? <IconLayoutList size={15} /> : <IconLayoutColumns size={15} />}
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
      {view === "graph" ? (
        <ProposalGraph proposal={proposal} ticked={ticked} />
      ) : view === "preview" && open ? (
        <DryRun proposal={proposal} ticked={all ? undefined : ticked} />
      ) : (
        <ProposalDiff proposal={proposal} ticked={ticked} split={split} />
      )}
    </Stack>
  );
}
