"use client";
import { Code, Group, List, Loader, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconX } from "@tabler/icons-react";
import dynamic from "next/dynamic";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { formatDollars, formatDuration, formatNumber } from "#components/ui/format.ts";
import type { AttemptPart } from "#lib/proposals/schema.ts";
import classes from "./assistant-panel.module.css";
import type { AssistantTurn } from "./conversation.ts";
import { ProposalCard } from "./proposal-card.tsx";

const Markdown = dynamic(() => import("./markdown.tsx"), { ssr: false });

/** One answer of the assistant: attempts while they run, then what came of it. */
export function AssistantTurnView(props: {
  chatKey: string;
  turn: AssistantTurn;
  pipelineId: string | undefined;
}) {
  const { turn } = props;
  const text = turn.proposal?.rationale ?? turn.failure?.rationale ?? turn.partial;
  return (
    <Stack gap="xs" className={classes.answer} aria-busy={turn.state === "running"}>
      <Attempts turn={turn} />
      {text ? <Markdown text={text} running={turn.state === "running"} /> : null}
      {turn.failure && turn.failure.errors.length > 0 && (
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
      {turn.proposal && turn.proposal.changes.length > 0 && (
        <ProposalCard
          chatKey={props.chatKey}
          turn={turn}
          proposal={turn.proposal}
          pipelineId={props.pipelineId}
        />
      )}
      {turn.error && <TurnProblem turn={turn} />}
      {turn.state === "stopped" && (
        <Text fz="sm" c="dimmed">
          Stopped. Nothing was changed.
        </Text>
      )}
      <Footnote turn={turn} />
    </Stack>
  );
}

function Attempts({ turn }: { turn: AssistantTurn }) {
  const running = turn.state === "running";
  const refused = turn.attempts.filter((attempt) => attempt.state === "refused");
  if (!running && refused.length === 0) return null;
  return (
    <div aria-live="polite">
      {running && turn.attempts.length === 0 && (
        <Group gap={8}>
          <Loader size={12} type="oval" />
          <Text fz="sm" c="dimmed">
            Reading the pipeline
          </Text>
        </Group>
      )}
      {turn.attempts.map((attempt) => (
        <AttemptLine key={attempt.n} attempt={attempt} running={running} />
      ))}
    </div>
  );
}

const STATES = {
  generating: "writing a patch",
  checking: "checking it",
  refused: "refused",
  accepted: "passed every check",
} as const;

function AttemptLine({ attempt, running }: { attempt: AttemptPart; running: boolean }) {
  const busy = running && (attempt.state === "generating" || attempt.state === "checking");
  return (
    <div className={classes.attempt}>
      <Group gap={8} wrap="nowrap">
        {busy ? (
          <Loader size={12} type="oval" />
        ) : attempt.state === "refused" ? (
          <IconX size={14} aria-hidden color="var(--mantine-color-error)" />
        ) : (
          <IconCheck size={14} aria-hidden color="var(--mantine-color-teal-filled)" />
        )}
        <Text fz="sm" c="dimmed">
          Attempt {attempt.n} of {attempt.of}: {STATES[attempt.state]}
        </Text>
      </Group>
      {attempt.errors.map((issue) => (
        <Text key={`${issue.path}${issue.message}`} fz="xs" className={classes.attemptError}>
          {issue.message}
        </Text>
      ))}
    </div>
  );
}

const ADVICE: Record<string, string> = {
  flow_ir_disabled: "An administrator can turn it on under Settings.",
  provider_unavailable: "Try again in a moment, or choose another provider under Settings.",
  provider_unsupported_structured: "Choose another model under Settings.",
};

function TurnProblem({ turn }: { turn: AssistantTurn }) {
  const error = turn.error;
  if (!error) return null;
  const wait = error.retryAfterSeconds;
  return (
    <Group gap={8} wrap="nowrap" align="flex-start" role="alert" className={classes.problem}>
      <IconAlertTriangle size={16} aria-hidden className={classes.problemIcon} />
      <Stack gap={2} miw={0}>
        <Text fz="sm">{error.detail}</Text>
        {(wait !== undefined || ADVICE[error.code]) && (
          <Text fz="sm" c="dimmed">
            {wait === undefined ? ADVICE[error.code] : `Try again in ${formatDuration(wait * 1000)}.`}
          </Text>
        )}
        <Group gap={4}>
          <Code>{error.requestId ?? error.code}</Code>
          <CopyButton
            value={error.requestId ?? error.code}
            label={error.requestId ? "Copy request id" : "Copy code"}
          />
        </Group>
      </Stack>
    </Group>
  );
}

/** Who answered, how long it took, what it cost. */
function Footnote({ turn }: { turn: AssistantTurn }) {
  const { by, retries, tokensUsed } = turn;
  if (!by) return null;
  const parts = [
    by.provider === "rules" ? "Built-in assistant" : `${by.provider} · ${by.model}`,
    formatDuration(by.latencyMs),
    ...(tokensUsed ? [`${formatNumber(tokensUsed)} tokens`] : []),
    ...(by.cost ? [formatDollars(by.cost)] : []),
    ...(retries ? [retries === 1 ? "1 retry" : `${retries} retries`] : []),
  ];
  return (
    <Text fz="xs" c="dimmed">
      {parts.join(" · ")}
    </Text>
  );
}
