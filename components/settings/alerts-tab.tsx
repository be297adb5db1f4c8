"use client";
import { ActionIcon, Badge, Button, Group, Stack, Switch, Text } from "@mantine/core";
import { IconBell, IconListDetails, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useMemo, useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { ConfirmByTyping } from "#components/ui/confirm-by-typing.tsx";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone, notifyError } from "#components/ui/notify.ts";
import { Section } from "#components/ui/section.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import type { Channel } from "#lib/notices/schema.ts";
import { KIND_NAMES, topicName } from "./channel-names.ts";
import { channelsQuery, deleteChannel, updateChannel } from "./channel-queries.ts";
import classes from "./settings.module.css";

const ChannelForm = dynamic(() => import("./channel-form.tsx").then((m) => m.ChannelForm));
const ChannelDeliveries = dynamic(() => import("./channel-deliveries.tsx").then((m) => m.ChannelDeliveries));

type Open = { what: "add" } | { what: "edit" | "messages" | "delete"; channel: Channel };
type Turn = (change: { channel: Channel; enabled: boolean }) => void;

/** Who is told when runs fail, recover or come without rows, and where lineage goes. */
export function AlertsTab() {
  const may = useCan("settings.write");
  const client = useQueryClient();
  const list = useQuery(channelsQuery());
  const [open, setOpen] = useState<Open>();
  const refresh = () => client.invalidateQueries({ queryKey: channelsQuery().queryKey });
  const turn = useMutation({
    mutationFn: ({ channel, enabled }: { channel: Channel; enabled: boolean }) =>
      updateChannel(channel.id, { enabled }),
    onError: (error) => notifyError("The channel was not switched", error),
    onSettled: refresh,
  });
  const { mutate } = turn;
  const columns = useMemo(() => columnsFor(may, setOpen, mutate), [may, mutate]);
  const close = () => setOpen(undefined);
  const add = may ? (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setOpen({ what: "add" })}>
      Add channel
    </Button>
  ) : undefined;
  const rows = list.data?.data;
  return (
    <Section
      title="Alerts"
      description="Who is told when runs fail, recover or come without rows, and where lineage goes. Secrets are encrypted and never shown again."
      actions={rows && rows.length > 0 ? add : undefined}
    >
      {list.error && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : null}
      {list.isPending ? <TableSkeleton columns={["Name", "Goes to", "Told of", ""]} rows={3} /> : null}
      {rows?.length === 0 ? (
        <EmptyState
          icon={<IconBell />}
          title="Nobody is told yet"
          description="Add a webhook or a mailbox, and it is told when runs fail, recover or come without rows."
          action={add}
        />
      ) : null}
      {rows && rows.length > 0 ? (
        <DataTable label="Channels" columns={columns} rows={rows} rowKey={({ id }) => id} minWidth={300} />
      ) : null}
      {open?.what === "add" ? <ChannelForm onClose={close} /> : null}
      {open?.what === "edit" ? <ChannelForm saved={open.channel} onClose={close} /> : null}
      {open?.what === "messages" ? (
        <ChannelDeliveries channel={open.channel} may={may} onClose={close} />
      ) : null}
      {open?.what === "delete" ? (
        <ConfirmByTyping
          title="Delete channel"
          name={open.channel.name}
          verb="Delete"
          onClose={close}
          onConfirm={async () => {
            await deleteChannel(open.channel.id);
            await refresh();
            notifyDone(`Channel ${open.channel.name} was deleted`);
          }}
        >
          It is told of nothing any more, and its messages are deleted with it, also those that wait.
        </ConfirmByTyping>
      ) : null}
    </Section>
  );
}

function columnsFor(may: boolean, open: (what: Open) => void, turn: Turn): DataColumn<Channel>[] {
  return [
    {
      id: "name",
      header: "Name",
      cell: (channel) => (
        <Stack gap={0} className={classes.breaks}>
          <Text fw={500} fz="sm">
            {channel.name}
          </Text>
          <Text fz="xs" c="dimmed">
            {KIND_NAMES[channel.kind]}
          </Text>
          <Text fz="xs" hiddenFrom="sm" className={classes.breaks}>
            {placeOf(channel)}
          </Text>
        </Stack>
      ),
      sortBy: ({ name }) => name,
    },
    {
      id: "to",
      header: "Goes to",
      wideOnly: true,
      cell: (channel) => (
        <Text fz="sm" className={classes.address}>
          {placeOf(channel)}
        </Text>
      ),
    },
    {
      id: "topics",
      header: "Told of",
      wideOnly: true,
      cell: ({ kind, topics, pipelines }) => (
        <Stack gap={0}>
          <Text fz="sm">
            {kind === "openlineage" ? "Lineage" : topics.map(topicName).join(", ") || "Nothing"}
          </Text>
          {pipelines.length > 0 ? (
            <Text fz="xs" c="dimmed">
              Only {pipelines.join(", ")}
            </Text>
          ) : null}
        </Stack>
      ),
    },
    {
      id: "on",
      header: "On",
      cell: (channel) =>
        may ? (
          <Switch
            aria-label={`${channel.name} is on`}
            checked={channel.enabled}
            onChange={({ currentTarget }) => turn({ channel, enabled: currentTarget.checked })}
          />
        ) : (
          <Badge color={channel.enabled ? "green" : "gray"}>{channel.enabled ? "On" : "Off"}</Badge>
        ),
    },
    {
      id: "actions",
      header: "Actions",
      hideHeader: true,
      align: "right",
      cell: (channel) => (
        <Group gap={2} justify="flex-end" wrap="nowrap">
          {actionsFor(may).map(([what, label, Icon]) => (
            <ActionIcon
              key={what}
              variant="subtle"
              color="gray"
              aria-label={`${label} ${channel.name}`}
              title={label}
              onClick={() => open({ what, channel })}
            >
              <Icon size={16} />
            </ActionIcon>
          ))}
        </Group>
      ),
    },
  ];
}

function placeOf({ kind, config }: Channel): string {
  return kind === "email" ? config.to.join(", ") : config.url;
}

function actionsFor(may: boolean) {
  const messages = ["messages", "Messages to", IconListDetails] as const;
  const others = [
    ["edit", "Edit", IconPencil],
    ["delete", "Delete", IconTrash],
  ] as const;
  return may ? [messages, ...others] : [messages];
}
