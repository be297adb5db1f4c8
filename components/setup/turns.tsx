"use client";
import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { shownStages } from "#components/sources/shown-stages.ts";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatDuration } from "#components/ui/format.ts";
import { isApiError } from "#lib/client/index.ts";
import classes from "./chat.module.css";
import type { SetupTalk } from "./use-setup.ts";

/** What the agent said. */
export function AgentSays({ children }: { children: string }) {
  return (
    <div className={classes.agent}>
      <IconPlugConnected size={16} aria-hidden className={classes.agentIcon} />
      <div className={classes.agentText}>{children}</div>
    </div>
  );
}

/** What the person said. */
export function PersonSays({ children }: { children: string }) {
  return <div className={classes.person}>{children}</div>;
}

/** What happens until the answer is there, or why there is none. */
export function Underway({ talk }: { talk: SetupTalk }) {
  const { sending, busy, view } = talk;
  if (sending?.error !== undefined) return <NotAnswered talk={talk} error={sending.error} />;
  if (!busy) return null;
  const stages = sending ? sending.stages : (view?.stages ?? []);
  const trying =
    stages.length > 0
      ? shownStages(stages, true, view?.setup.connector).find(({ state }) => state === "running")
      : undefined;
  return (
    <Group gap={8} className={classes.busy}>
      <Loader size={12} type="oval" aria-hidden />
      <Text fz="sm" c="dimmed">
        {trying ? `Testing the connection: ${trying.name.toLowerCase()}` : "One moment"}
      </Text>
    </Group>
  );
}

function NotAnswered({ talk, error }: { talk: SetupTalk; error: unknown }) {
  const known = isApiError(error) ? error : undefined;
  const wait = known?.retryAfter;
  return (
    <Stack gap="xs" align="flex-start">
      <ErrorState
        error={error}
        title={known?.status === 0 ? "No answer came" : "That was not taken"}
        onRetry={talk.again}
      />
      {wait === undefined ? null : (
        <Text fz="sm" c="dimmed">
          Try again in {formatDuration(wait * 1000)}.
        </Text>
      )}
      {known?.status === 0 && talk.id ? (
        <Button size="xs" variant="default" onClick={talk.reload}>
          See how far it is
        </Button>
      ) : null}
    </Stack>
  );
}
