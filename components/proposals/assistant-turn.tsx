"use client";
import { Group, List, Stack, Text } from "@mantine/core";
import dynamic from "next/dynamic";
import classes from "./assistant-panel.module.css";
import { Attempts } from "./attempts.tsx";
import type { AssistantTurn } from "./conversation.ts";
import { ProposalCard } from "./proposal-card.tsx";
import { ToldDecisions } from "./told-decisions.tsx";
import { TurnFacts } from "./turn-facts.tsx";
import { SendAgain, TurnProblem } from "./turn-problem.tsx";

const Markdown = dynamic(() => import("./markdown.tsx"), { ssr: false });

/** One answer of the assistant: attempts while they run, then what came of it. */
export function AssistantTurnView(props: {
  chatKey: string;
  turn: AssistantTurn;
  pipelineId: string | undefined;
  /** Asks the same again; absent where something else was asked since. */
  onAgain?: () => void;
}) {
  const { turn, onAgain, chatKey } = props;
  const changes = (turn.proposal?.changes.length ?? 0) > 0;
  // What was wrong stands with its attempt already.
  const told = turn.attempts.some((attempt) => attempt.errors.length > 0);
  const text = turn.proposal?.rationale ?? turn.failure?.rationale ?? turn.partial;
  return (
    <Stack
      gap="xs"
      className={classes.answer}
      aria-busy={turn.state === "running"}
      data-turn="assistant"
      data-answer={turn.proposal?.id}
      tabIndex={-1}
    >
      <Attempts turn={turn} />
      {text ? <Markdown text={text} running={turn.state === "running"} /> : null}
      {turn.told && (
        <ToldDecisions
          chatKey={chatKey}
          told={turn.told}
          changes={changes}
          because={turn.by?.provider !== "rules"}
        />
      )}
      {turn.failure && turn.failure.errors.length > 0 && !told && (
        <Stack gap={4}>
          <Text fz="sm" fw={500}>
            No attempt passed the checks
          </Text>
          <List size="sm" spacing={2}>
            {turn.failure.errors.map((error) => (
              <List.Item key={error}>{error}</List.Item>
            ))}
          </List>
        </Stack>
      )}
      {turn.proposal && changes && (
        <ProposalCard
          chatKey={chatKey}
          turn={turn}
          proposal={turn.proposal}
          pipelineId={props.pipelineId}
          {...(onAgain ? { onAgain } : {})}
        />
      )}
      {turn.error && <TurnProblem error={turn.error} {...(onAgain ? { onAgain } : {})} />}
      {turn.state === "stopped" && (
        <Group gap="xs">
          <Text fz="sm" c="dimmed">
            Stopped. Nothing was changed.
          </Text>
          {onAgain && <SendAgain onAgain={onAgain} />}
        </Group>
      )}
      <TurnFacts turn={turn} />
    </Stack>
  );
}
