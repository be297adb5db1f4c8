"use client";
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconBroadcast, IconPlayerPause, IconPlayerPlay, IconPlugConnectedX } from "@tabler/icons-react";
import { useState } from "react";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import type { StoredEvent } from "#lib/ingest/schema.ts";
import { EventList } from "./event-list.tsx";
import { FirstEvent } from "./first-event.tsx";
import type { LogFilter } from "./queries.ts";
import tail from "./tail.module.css";
import { KEPT } from "./tail-buffer.ts";
import { type TailState, useTail } from "./use-tail.ts";

/** The newest events, growing at the top; pausing, or scrolling down, lets new ones wait. */
export function LiveTail({
  filter,
  open,
  onSelect,
}: {
  filter: LogFilter;
  open: number | undefined;
  onSelect: (event: StoredEvent) => void;
}) {
  const [paused, setPaused] = useState(false);
  const [away, setAway] = useState(false);
  const { shown, waiting, state, error, again } = useTail(filter, paused || away);
  const filtered = Object.keys(filter).length > 0;
  if (state === "failed" && shown.length === 0)
    return <ErrorState title="The log could not be read" error={error} onRetry={again} />;
  if (state === "loading" && shown.length === 0) return <EventsSkeleton />;
  if (shown.length === 0 && waiting.length === 0 && !filtered) return <FirstEvent />;
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs" mih={36}>
        <StateLine state={state} paused={paused} onAgain={again} />
        <Group gap="xs">
          {waiting.length > 0 ? (
            <Text fz="sm" c="dimmed">
              {formatNumber(waiting.length)}
              {waiting.length === KEPT ? " or more" : ""} waiting
            </Text>
          ) : null}
          <Button
            size="xs"
            variant="default"
            leftSection={
              paused || away ? (
                <IconPlayerPlay size={14} aria-hidden />
              ) : (
                <IconPlayerPause size={14} aria-hidden />
              )
            }
            onClick={() => {
              setAway(false);
              setPaused(!(paused || away));
            }}
          >
            {paused || away ? "Resume" : "Pause"}
          </Button>
        </Group>
      </Group>
      {shown.length > 0 ? (
        <EventList
          label="Newest events first"
          events={shown}
          open={open}
          onSelect={onSelect}
          onAway={setAway}
          atTop={!away}
        />
      ) : (
        <EmptyState
          icon={<IconBroadcast />}
          title="No event like that yet"
          description="The newest part of the log has none. One that comes in will show here at once."
        />
      )}
      {shown.length === KEPT ? (
        <Text fz="xs" c="dimmed">
          The newest {formatNumber(KEPT)} events are shown. For older ones jump to their LSN.
        </Text>
      ) : null}
    </Stack>
  );
}

function StateLine({ state, paused, onAgain }: { state: TailState; paused: boolean; onAgain: () => void }) {
  if (state === "failed")
    return (
      <Group gap="xs" role="status">
        <IconPlugConnectedX size={16} aria-hidden />
        <Text fz="sm">The stream ended.</Text>
        <Button size="compact-xs" variant="default" onClick={onAgain}>
          Open it again
        </Button>
      </Group>
    );
  const word =
    state === "live" ? (paused ? "Paused" : "Live") : state === "loading" ? "Opening" : "Reconnecting";
  return (
    <Text fz="sm" component="div" role="status" className={tail.state} data-state={paused ? "paused" : state}>
      <span aria-hidden />
      {word}
    </Text>
  );
}

function EventsSkeleton() {
  return (
    <Stack gap={6} aria-busy="true" aria-label="Loading events">
      <Skeleton height={36} width={120} />
      <Skeleton height={440} radius="md" />
    </Stack>
  );
}
