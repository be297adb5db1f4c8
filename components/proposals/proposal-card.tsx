"use client";
import { ActionIcon, Button, Group, SegmentedControl, Skeleton, Stack, Text, Tooltip } from "@mantine/core";
import { IconArrowsDiff, IconLayoutColumns, IconLayoutList } from "@tabler/icons-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { ChangeList } from "./change-list.tsx";
import { updateTurn } from "./chat-store.ts";
import type { AssistantTurn, OpenProposal } from "./conversation.ts";
import { DecisionNote } from "./decision-note.tsx";
import classes from "./proposal-card.module.css";
import { RejectForm } from "./reject-form.tsx";
import { toggleChange } from "./tick-changes.ts";
import { tickedOf, useProposalActions } from "./use-proposal-actions.ts";

const Loading = () => <Skeleton height={180} role="status" aria-label="Loading" />;
const ProposalDiff = dynamic(() => import("./proposal-diff.tsx"), { ssr: false, loading: Loading });
const DryRun = dynamic(() => import("./dry-run.tsx"), { ssr: false, loading: Loading });
const ProposalGraph = dynamic(() => import("./proposal-graph.tsx"), { ssr: false, loading: Loading });
const FullIr = dynamic(() => import("./full-ir.tsx"), { ssr: false });

type View = "diff" | "preview" | "graph";

/** A proposal to review: what changes, the diff, a dry run, and the decision. */
export function ProposalCard(props: {
  chatKey: string;
  turn: AssistantTurn;
  proposal: OpenProposal;
  pipelineId: string | undefined;
}) {
  const { chatKey, turn, proposal, pipelineId } = props;
  const [view, setView] = useState<View>("diff");
  const [split, setSplit] = useState(false);
  const [whole, setWhole] = useState(false);
  const [rejecting, setRejecting] = useState(false);
  const mayDecide = useCan("proposals.decide");
  const actions = useProposalActions(chatKey, turn, pipelineId);
  const ticked = tickedOf(turn);
  const open = turn.decision === undefined && mayDecide;
  const all = ticked.length === proposal.changes.length;
  const toggle = (id: string) =>
    updateTurn(chatKey, turn.id, (one) => ({
      ...one,
      ticked: toggleChange(proposal.changes, tickedOf(one), id),
    }));

  return (
    <Stack gap="sm" className={classes.card} data-open={open || undefined} data-proposal={proposal.id}>
      <Group justify="space-between" gap="xs">
        <Text fz="xs" c="dimmed">
          {proposal.baseVersion > 0 ? `Against version ${proposal.baseVersion}` : "A new pipeline"}
        </Text>
        <Text fz="xs" c="dimmed">
          {all
            ? `${count(proposal.changes.length)}`
            : `${ticked.length} of ${count(proposal.changes.length)} ticked`}
        </Text>
      </Group>
      <ChangeList changes={proposal.changes} ticked={ticked} {...(open ? { onToggle: toggle } : {})} />
      {proposal.warnings.map((warning) => (
        <Text key={`${warning.path}${warning.message}`} fz="xs" className={classes.warning}>
          {warning.message}
        </Text>
      ))}
      <Group justify="space-between" wrap="nowrap">
        <SegmentedControl
          size="xs"
          aria-label="How to look at the proposal"
          value={view}
          onChange={(value) => setView(value as View)}
          data={[
            { value: "diff", label: "Diff" },
            { value: "preview", label: "Dry run" },
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
      {view === "diff" && <ProposalDiff proposal={proposal} ticked={ticked} split={split} />}
      {view === "preview" && <DryRun proposal={proposal} ticked={all ? undefined : ticked} />}
      {view === "graph" && <ProposalGraph proposal={proposal} />}
      {actions.apply.isError && turn.decision === undefined && (
        <ErrorState title="The proposal was not applied" error={actions.apply.error} />
      )}
      {actions.reject.isError && (
        <ErrorState title="The rejection was not kept" error={actions.reject.error} />
      )}
      {turn.decision ? (
        <DecisionNote turn={turn} decision={turn.decision} actions={actions} />
      ) : rejecting ? (
        <RejectForm
          pending={actions.reject.isPending}
          onReject={(reason) => actions.reject.mutate(reason)}
          onCancel={() => setRejecting(false)}
        />
      ) : (
        <Group gap="xs">
          {mayDecide && (
            <Tooltip label={ticked.length === 0 ? "Tick at least one change" : "⌘/Ctrl + Enter"}>
              <Button
                size="xs"
                data-apply
                loading={actions.apply.isPending}
                disabled={ticked.length === 0}
                onClick={() => actions.apply.mutate()}
              >
                {all ? "Apply" : `Apply ${ticked.length} of ${proposal.changes.length}`}
              </Button>
            </Tooltip>
          )}
          <Button
            size="xs"
            variant="default"
            leftSection={<IconArrowsDiff size={14} aria-hidden />}
            onClick={() => setWhole(true)}
          >
            Show full IR
          </Button>
          {mayDecide && (
            <Button size="xs" variant="subtle" color="gray" onClick={() => setRejecting(true)}>
              Reject
            </Button>
          )}
        </Group>
      )}
      {whole && <FullIr proposal={proposal} ticked={ticked} onClose={() => setWhole(false)} />}
    </Stack>
  );
}

const count = (n: number): string => (n === 1 ? "1 change" : `${n} changes`);
