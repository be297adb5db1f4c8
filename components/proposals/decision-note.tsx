"use client";
import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import {
  IconArrowBackUp,
  IconCircleCheck,
  IconCircleX,
  IconHistory,
  IconPlayerPlay,
} from "@tabler/icons-react";
import Link from "next/link";
import { type ReactNode, useEffect, useRef } from "react";
import { useCan } from "#components/shell/session.tsx";
import classes from "./assistant-panel.module.css";
import type { AssistantTurn, Decision } from "./conversation.ts";
import type { useProposalActions } from "./use-proposal-actions.ts";

type Actions = ReturnType<typeof useProposalActions>;

/** What became of a proposal, and what to do next. */
export function DecisionNote(props: {
  turn: AssistantTurn;
  decision: Decision;
  actions: Actions;
  onAgain?: () => void;
}) {
  const { turn, decision, actions, onAgain } = props;
  const fresh = actions.apply.status !== "idle" || actions.reject.status !== "idle";
  return (
    <Note fresh={fresh}>
      {decision.kind === "rejected" ? (
        <Group gap={6} wrap="nowrap" align="flex-start" c="dimmed">
          <IconCircleX size={16} aria-hidden className={classes.noteIcon} />
          <Text fz="sm">Rejected: {decision.reason}</Text>
        </Group>
      ) : decision.kind === "stale" ? (
        <Stale decision={decision} {...(onAgain ? { onAgain } : {})} />
      ) : (
        <Applied base={turn.proposal?.baseVersion ?? 0} decision={decision} actions={actions} />
      )}
    </Note>
  );
}

/** The button that was pressed is gone: the focus goes to what came of it, unless the user types. */
function Note({ fresh, children }: { fresh: boolean; children: ReactNode }) {
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (fresh && !document.activeElement?.matches("textarea")) note.current?.focus();
  }, [fresh]);
  return (
    <div ref={note} tabIndex={-1} className={classes.note}>
      {children}
    </div>
  );
}

function Stale(props: { decision: Extract<Decision, { kind: "stale" }>; onAgain?: () => void }) {
  const { decision, onAgain } = props;
  return (
    <Stack gap="xs" align="flex-start">
      <Group gap={6} wrap="nowrap" align="flex-start">
        <IconHistory size={16} aria-hidden className={classes.noteIcon} />
        <Text fz="sm">
          Not applied: version {decision.currentVersion} was saved meanwhile.{" "}
          {decision.rebased
            ? "Below it is made anew for that version; review it and apply."
            : "These changes no longer fit it. Ask again."}
        </Text>
      </Group>
      {!decision.rebased && onAgain && (
        <Button size="xs" variant="default" onClick={onAgain}>
          Ask again
        </Button>
      )}
    </Stack>
  );
}

function Applied(props: {
  base: number;
  decision: Extract<Decision, { kind: "applied" }>;
  actions: Actions;
}) {
  const { base, decision, actions } = props;
  const { pipelineId, version, executable, undoneBy } = decision;
  const mayRun = useCan("pipelines.run");
  const mayUndo = useCan("pipelines.write");
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
            href={`/data/pipelines/${pipelineId}?tab=versions`}
          >
            version {version}
          </Anchor>
          {executable ? "" : ", a draft that cannot run yet"}
        </Text>
      </Group>
      {undoneBy ? (
        <Group gap={6} wrap="nowrap" role="status">
          <IconArrowBackUp size={16} aria-hidden />
          <Text fz="sm">{`Undone. Version ${undoneBy} is as version ${base} was.`}</Text>
        </Group>
      ) : (
        <Group gap="xs">
          {executable && mayRun && (
            <Button
              size="xs"
              leftSection={<IconPlayerPlay size={14} aria-hidden />}
              loading={actions.run.isPending}
              onClick={() => actions.run.mutate(pipelineId)}
            >
              Run now
            </Button>
          )}
          {base > 0 && mayUndo && (
            <Button
              size="xs"
              variant="default"
              loading={actions.undo.isPending}
              onClick={() => actions.undo.mutate({ id: pipelineId, version })}
            >
              Undo
            </Button>
          )}
        </Group>
      )}
    </Stack>
  );
}
