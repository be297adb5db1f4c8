"use client";
import { Anchor, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconRefresh } from "@tabler/icons-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { useCan } from "#components/shell/session.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { formatDuration, formatMoment } from "#components/ui/format.ts";
import classes from "./assistant-panel.module.css";
import type { TurnError } from "./conversation.ts";
import { useSeconds } from "./use-seconds.ts";

/** What went wrong, what to do next, and who can do it. `onAgain` is absent where a later question was asked. */
export function TurnProblem({ error, onAgain }: { error: TurnError; onAgain?: () => void }) {
  const advice = useAdvice(error.code);
  return (
    <Group gap={8} wrap="nowrap" align="flex-start" role="alert" className={classes.problem}>
      <IconAlertTriangle size={16} aria-hidden className={classes.problemIcon} />
      <Stack gap={4} miw={0} align="flex-start">
        <Text fz="sm">{error.retryAt === undefined ? error.detail : firstSentence(error.detail)}</Text>
        {error.retryAt !== undefined && <GoesOn at={error.retryAt} />}
        {advice && (
          <Text fz="sm" c="dimmed">
            {advice}
          </Text>
        )}
        {onAgain && <SendAgain at={error.retryAt} onAgain={onAgain} />}
        <Group gap={4} wrap="nowrap" miw={0}>
          <Code style={{ overflowWrap: "anywhere" }}>{error.requestId ?? error.code}</Code>
          <CopyButton
            value={error.requestId ?? error.code}
            label={error.requestId ? "Copy request id" : "Copy code"}
          />
        </Group>
      </Stack>
    </Group>
  );
}

/** Asks the same question again, from the moment on that it may be asked. */
export function SendAgain({ at, onAgain }: { at?: number | undefined; onAgain: () => void }) {
  const now = useSeconds();
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconRefresh size={14} aria-hidden />}
      disabled={at !== undefined && now < at}
      onClick={onAgain}
    >
      Send again
    </Button>
  );
}

/** What the server says about waiting is told below, counted down. */
const firstSentence = (text: string) => /^.*?[.](?=\s|$)/.exec(text)?.[0] ?? text;

function GoesOn({ at }: { at: number }) {
  const now = useSeconds();
  if (now >= at) return <Text fz="sm">It can go on now.</Text>;
  const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(at);
  return (
    <Text fz="sm">
      It goes on at{" "}
      <time dateTime={new Date(at).toISOString()} title={formatMoment(at)}>
        {time}
      </time>
      , in {formatDuration(Math.ceil((at - now) / 1000) * 1000)}.
    </Text>
  );
}

const ELSEWHERE: Record<string, { able: string; asked: string; tab: string }> = {
  flow_ir_disabled: {
    able: "Turn it on under",
    asked: "An administrator can turn it on under",
    tab: "general",
  },
  provider_unavailable: {
    able: "Try again in a moment, or test the provider under",
    asked: "Try again in a moment. An administrator can test the provider under",
    tab: "ai",
  },
  provider_unsupported_structured: {
    able: "Choose another model under",
    asked: "An administrator can choose another model under",
    tab: "ai",
  },
  rate_limited: {
    able: "You can change the limit under",
    asked: "An administrator can change the limit under",
    tab: "ai",
  },
};

function useAdvice(code: string): ReactNode {
  const may = useCan("settings.write");
  const advice = ELSEWHERE[code];
  if (!advice) return undefined;
  const place = `Settings, ${advice.tab === "ai" ? "AI" : "General"}`;
  return (
    <>
      {may ? advice.able : advice.asked}{" "}
      {may ? (
        <Anchor component={Link} inherit underline="always" href={`/settings?tab=${advice.tab}`}>
          {place}
        </Anchor>
      ) : (
        place
      )}
      .
    </>
  );
}
