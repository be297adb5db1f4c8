"use client";
import { Alert, Button, Drawer, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { ErrorState } from "#components/ui/error-state.tsx";
import { IdText } from "#components/ui/id-text.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { StoredEvent } from "#lib/ingest/schema.ts";
import { memoryOfEvent } from "./event-text.ts";
import { JsonBlock } from "./json-block.tsx";
import { memoryPath } from "./latest.tsx";
import { eventQuery } from "./queries.ts";

/** One event of the log, as it is kept, and the way to what became of it. */
export default function EventDrawer({ lsn, onClose }: { lsn: number; onClose: () => void }) {
  const event = useQuery(eventQuery(lsn));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
      title={<Text fw={600}>Event at LSN {lsn}</Text>}
    >
      {event.error && !event.data ? (
        <ErrorState
          title="The event could not be loaded"
          error={event.error}
          onRetry={() => void event.refetch()}
        />
      ) : event.isPending ? (
        <Skeleton height={320} role="status" aria-label="Loading the event" />
      ) : event.data ? (
        <EventBody event={event.data} />
      ) : (
        <Alert color="gray" variant="light">
          Nothing that you may see lies at this LSN.
        </Alert>
      )}
    </Drawer>
  );
}

function EventBody({ event }: { event: StoredEvent }) {
  const memory = memoryOfEvent(event);
  return (
    <Stack gap="md">
      <Group gap="xs" justify="space-between">
        <Group gap="xs">
          <Text fz="sm" c="dimmed" component="div">
            Committed <RelativeTime at={event.ingest_time} />
          </Text>
          <IdText id={event.event_id} label="Copy event id" chars={24} />
        </Group>
        {memory ? (
          <Button component={Link} href={memoryPath(memory)} size="xs" variant="default">
            Open its memory
          </Button>
        ) : null}
      </Group>
      {event.erased ? <ErasedNote erased={event.erased} /> : null}
      <JsonBlock label="Event as JSON" value={event} />
    </Stack>
  );
}

/** Says that the content of an event is gone, when and why. */
export function ErasedNote({ erased }: { erased: NonNullable<StoredEvent["erased"]> }) {
  return (
    <Alert color="gray" variant="light" title="Erased">
      <Text fz="sm" component="div">
        What this event said was erased <RelativeTime at={erased.at} />. Reason:{" "}
        {erased.reason || "none given"}
      </Text>
    </Alert>
  );
}
