"use client";
import { Alert, Anchor, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { ErrorState } from "#components/ui/error-state.tsx";
import { JsonBlock } from "./json-block.tsx";
import { eventQuery } from "./queries.ts";

/** The event that a memory comes from, as the log keeps it. */
export default function EventPart({ lsn }: { lsn: number }) {
  const event = useQuery(eventQuery(lsn));
  if (event.error && !event.data)
    return (
      <ErrorState
        title="The event could not be loaded"
        error={event.error}
        onRetry={() => void event.refetch()}
      />
    );
  if (event.isPending) return <Skeleton height={280} role="status" aria-label="Loading the event" />;
  if (!event.data)
    return (
      <Alert color="gray" variant="light">
        The log has no event at LSN {lsn} that you may see.
      </Alert>
    );
  return (
    <Stack gap="sm">
      <Text fz="sm" c="dimmed">
        Everything on this page is derived from this event, at LSN {lsn}, and can be built again from it.{" "}
        <Anchor component={Link} href={`/memory?tab=tail&lsn=${lsn}`} fz="sm">
          See it in the log
        </Anchor>
      </Text>
      <JsonBlock label="Event as JSON" value={event.data} />
    </Stack>
  );
}
