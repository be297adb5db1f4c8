"use client";
import { Button, Group, Stack, Text } from "@mantine/core";
import dynamic from "next/dynamic";
import { useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { IssueText } from "#components/ui/issue-text.tsx";
import { ChangeList } from "./change-list.tsx";
import { updateTurn } from "./chat-store.ts";
import type { AssistantTurn, OpenProposal } from "./conversation.ts";
import { DecisionNote } from "./decision-note.tsx";
import classes from "./proposal-card.module.css";
import { ProposalDecision } from "./proposal-decision.tsx";
import { ProposalViews } from "./proposal-views.tsx";
import { toggleChange } from "./tick-changes.ts";
import { tickedOf, useProposalActions } from "./use-proposal-actions.ts";

const FullIr = dynamic(() => import("./full-ir.tsx"), { ssr: false });

/** A proposal to review: what changes, the diff, a dry run, and the decision. */
export function ProposalCard(props: {
  chatKey: string;
  turn: AssistantTurn;
  proposal: OpenProposal;
  pipelineId: string | undefined;
  onAgain?: () => void;
}) {
  const { chatKey, turn, proposal, pipelineId, onAgain } = props;
  const { decision } = turn;
  const [whole, setWhole] = useState(false);
  const [unfolded, setUnfolded] = useState(false);
  const mayDecide = useCan("proposals.decide");
  const actions = useProposalActions(chatKey, turn, pipelineId);
  const ticked = tickedOf(turn);
  const open = decision === undefined && mayDecide;
  const total = proposal.changes.length;
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
        <Text fz="xs" c="dimmed" aria-live="polite">
          {ticked.length === total ? count(total) : `${ticked.length} of ${count(total)} ticked`}
        </Text>
      </Group>
      <ChangeList changes={proposal.changes} ticked={ticked} {...(open ? { onToggle: toggle } : {})} />
      {proposal.warnings.map((warning) => (
        <IssueText key={`${warning.path}${warning.message}`} issue={warning} warning />
      ))}
      {decision === undefined || unfolded ? (
        <ProposalViews proposal={proposal} ticked={ticked} open={decision === undefined} />
      ) : (
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          className={classes.unfold}
          onClick={() => setUnfolded(true)}
        >
          Show the diff
        </Button>
      )}
      {actions.apply.isError && !decision && (
        <ErrorState title="The proposal was not applied" error={actions.apply.error} />
      )}
      {actions.reject.isError && (
        <ErrorState title="The rejection was not kept" error={actions.reject.error} />
      )}
      {decision ? (
        <DecisionNote turn={turn} decision={decision} actions={actions} {...(onAgain ? { onAgain } : {})} />
      ) : (
        <div className={classes.foot}>
          <ProposalDecision
            actions={actions}
            ticked={ticked.length}
            of={total}
            mayDecide={mayDecide}
            onWhole={() => setWhole(true)}
          />
        </div>
      )}
      {whole && <FullIr proposal={proposal} ticked={ticked} onClose={() => setWhole(false)} />}
    </Stack>
  );
}

const count = (n: number): string => (n === 1 ? "1 change" : `${n} changes`);
