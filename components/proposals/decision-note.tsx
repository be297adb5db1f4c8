"use client";
import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX, IconHistory, IconPlayerPlay } from "@tabler/icons-react";
import Link from "next/link";
import { useCan } from "#components/shell/session.tsx";
import type { AssistantTurn, Decision } from "./conversation.ts";
import type { useProposalActions } from "./use-proposal-actions.ts";

/** What became of a proposal, and what to do next. */
export function DecisionNote(props: {
  turn: AssistantTurn;
  decision: Decision;
  actions: ReturnType<typeof useProposalActions>;
}) {
  const { turn, decision, actions } = props;
  const mayRun = useCan("pipelines.run");
  if (decision.kind === "rejected") {
    return (
      <Group gap={6} wrap="nowrap" align="flex-start" c="dimmed">
        <IconCircleX size={16} aria-hidden />
        <Text fz="sm">Rejected: {decision.reason}</Text>
      </Group>
    );
  }
  if (decision.kind === "stale") {
    return (
      <Group gap={6} wrap="nowrap" align="flex-start">
        <IconHistory size={16} aria-hidden />
        <Text fz="sm">
          Not applied: version {decision.currentVersion} was saved meanwhile. Review the version below, made
          anew for it, or ask again.
        </Text>
      </Group>
    );
  }
  const base = turn.proposal?.baseVersion ?? 0;
  return (
    <Stack gap="xs">
      <Group gap={6} wrap="nowrap">
        <IconCircleCheck size={16} aria-hidden color="var(--mantine-color-teal-filled)" />
        <Text fz="sm">
          Applied as{" "}
          <Anchor
            component={Link}
            inherit
            underline="always"
            href={`/data/pipelines/${decision.pipelineId}?tab=versions`}
          >
            version {decision.version}
          </Anchor>
          {decision.executable ? "" : ", a draft that cannot run yet"}
        </Text>
      </Group>
      <Group gap="xs">
        {decision.executable && mayRun && (
          <Button
            size="xs"
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            loading={actions.run.isPending}
            onClick={() => actions.run.mutate(decision.pipelineId)}
          >
            Run now
          </Button>
        )}
        {base > 0 && (
          <Button
            size="xs"
            variant="default"
            loading={actions.undo.isPending}
            disabled={actions.undo.isSuccess}
            onClick={() => actions.undo.mutate({ id: decision.pipelineId, version: decision.version })}
          >
            {actions.undo.isSuccess ? "Undone" : "Undo"}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
