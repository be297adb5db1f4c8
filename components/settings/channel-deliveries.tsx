"use client";
import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo } from "react";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyError } from "#components/ui/notify.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import type { Channel, Delivery } from "#lib/notices/schema.ts";
import { topicName } from "./channel-names.ts";
import { deliveriesQuery, retryDelivery } from "./channel-queries.ts";
import classes from "./settings.module.css";

/** The latest messages of a channel: what became of each, why it is not taken, and once more on demand. */
export function ChannelDeliveries({
  channel,
  may,
  onClose,
}: {
  channel: Channel;
  may: boolean;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const list = useQuery(deliveriesQuery(channel.id));
  const again = useMutation({
    mutationFn: (id: string) => retryDelivery(channel.id, id),
    onError: (error) => notifyError("The message was not sent again", error),
    onSettled: () => client.invalidateQueries({ queryKey: deliveriesQuery(channel.id).queryKey }),
  });
  const { mutate } = again;
  const columns = useMemo(() => columnsFor(may && channel.enabled, mutate), [may, channel.enabled, mutate]);
  const rows = list.data?.data;
  return (
    <Dialog onClose={onClose} title={`Messages to ${channel.name}`} size="xl">
      {list.error && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : null}
      {list.isPending ? <TableSkeleton columns={["When", "About", "State"]} rows={3} /> : null}
      {rows?.length === 0 ? (
        <EmptyState
          title="No message yet"
          description="Messages are kept for 30 days after they were sent."
        />
      ) : null}
      {rows && rows.length > 0 ? (
        <DataTable label="Messages" columns={columns} rows={rows} rowKey={({ id }) => id} minWidth={270} />
      ) : null}
    </Dialog>
  );
}

function columnsFor(may: boolean, again: (id: string) => void): DataColumn<Delivery>[] {
  return [
    { id: "when", header: "When", wideOnly: true, cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
    {
      id: "about",
      header: "About",
      cell: ({ topic, summary, runId }) => (
        <Stack gap={0} className={classes.breaks}>
          <Text fz="sm" fw={500}>
            {topicName(topic)}
          </Text>
          {summary ? <Text fz="sm">{summary}</Text> : null}
          {runId ? (
            <Anchor component={Link} href={`/data/runs/${runId}`} fz="sm">
              Open the run
            </Anchor>
          ) : null}
        </Stack>
      ),
    },
    {
      id: "state",
      header: "State",
      cell: ({ id, status, attempts, lastError, nextAttemptAt }) => (
        <Stack gap={2} className={classes.breaks}>
          <Group gap={6}>
            <StatusBadge status={status} size="sm" />
            {attempts > 1 ? (
              <Text fz="xs" c="dimmed">
                {attempts} attempts
              </Text>
            ) : null}
          </Group>
          {lastError ? <Text fz="sm">{lastError}</Text> : null}
          {lastError && status === "waiting" ? (
            <Text fz="xs" c="dimmed">
              Next attempt <RelativeTime at={nextAttemptAt} />
            </Text>
          ) : null}
          {may && status !== "delivered" ? (
            <Button size="xs" variant="default" w="fit-content" mt={4} onClick={() => again(id)}>
              Try again
            </Button>
          ) : null}
        </Stack>
      ),
    },
  ];
}
