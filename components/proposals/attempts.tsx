"use client";
import { Group, Loader, Text } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { formatDuration } from "#components/ui/format.ts";
import type { AttemptPart } from "#lib/proposals/schema.ts";
import classes from "./assistant-panel.module.css";
import type { AssistantTurn } from "./conversation.ts";
import { useSeconds } from "./use-seconds.ts";

/** The attempts of an answer while it runs, with what was wrong with each; afterwards only if one was refused. */
export function Attempts({ turn }: { turn: AssistantTurn }) {
  const running = turn.state === "running";
  const refused = turn.attempts.some((attempt) => attempt.state === "refused");
  if (!running && !refused) return null;
  return (
    <div>
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
      {running && turn.startedAt !== undefined && <Elapsed since={turn.startedAt} />}
    </div>
  );
}

/** Told once it is long; outside the live region, so that it is not read out each second. */
function Elapsed({ since }: { since: number }) {
  const now = useSeconds();
  if (now - since < 3000) return null;
  return (
    <Text fz="xs" c="dimmed" className={classes.attemptError} role="timer" aria-live="off">
      {formatDuration(Math.floor((now - since) / 1000) * 1000)} so far; Esc stops it
    </Text>
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
        ) : attempt.state === "accepted" ? (
          <IconCheck size={14} aria-hidden color="var(--mantine-color-teal-filled)" />
        ) : (
          <IconX size={14} aria-hidden color="var(--mantine-color-error)" />
        )}
        <Text fz="sm" c="dimmed">
          Attempt {attempt.n} of {attempt.of}: {busy || isOver(attempt) ? STATES[attempt.state] : "stopped"}
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

const isOver = ({ state }: AttemptPart) => state === "refused" || state === "accepted";
