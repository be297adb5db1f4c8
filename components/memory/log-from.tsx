"use client";
import { Alert, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import type { StoredEvent } from "#lib/ingest/schema.ts";
import { EventList } from "./event-list.tsx";
import { type LogFilter, logFromQuery } from "./queries.ts";

/** The log from an LSN on, oldest first, page by page. */
export function LogFrom({
  lsn,
  filter,
  open,
  onSelect,
  onLeave,
}: {
  lsn: number;
  filter: LogFilter;
  open: number | undefined;
  onSelect: (event: StoredEvent) => void;
  onLeave: () => void;
}) {
  const log = useInfiniteQuery(logFromQuery(lsn, filter));
  const events = log.data?.pages.flatMap((page) => page.events) ?? [];
  const head = log.data?.pages.at(-1)?.head_lsn;
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs" mih={36}>
        <Text fz="sm" c="dimmed">
          From LSN {formatNumber(lsn)}, oldest first
          {head === undefined ? "" : `; the log ends at ${formatNumber(head)}`}
        </Text>
        <Button size="xs" variant="default" onClick={onLeave}>
          Back to live
        </Button>
      </Group>
      {log.error && !log.data ? (
        <ErrorState title="The log could not be read" error={log.error} onRetry={() => void log.refetch()} />
      ) : log.isPending ? (
        <Skeleton height={440} radius="md" role="status" aria-label="Loading events" />
      ) : events.length > 0 ? (
        <EventList
          label={`Events from LSN ${lsn}`}
          events={events}
          open={open}
          onSelect={onSelect}
          mark={lsn}
        />
      ) : (
        <Alert color="gray" variant="light">
          {log.hasNextPage
            ? "None of the events looked at so far matches."
            : "Nothing lies there yet. The log of this tenant ends before that LSN, or no event after it matches."}
        </Alert>
      )}
      {log.hasNextPage ? (
        <Button
          size="xs"
          variant="default"
          style={{ alignSelf: "center" }}
          loading={log.isFetchingNextPage}
          onClick={() => void log.fetchNextPage()}
        >
          Read on
        </Button>
      ) : null}
    </Stack>
  );
}
