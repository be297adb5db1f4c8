"use client";
import { ActionIcon, Anchor, Group, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo } from "react";
import { ConnectorMark, connectorTitle } from "#components/sources/connector-mark.tsx";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { notifyError } from "#components/ui/notify.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Section } from "#components/ui/section.tsx";
import { setupAgent } from "#lib/client/index.ts";
import { recentQuery } from "./queries.ts";
import { stepName } from "./steps.ts";

type Recent = Awaited<ReturnType<typeof setupAgent.list>>["data"][number];

/** Conversations that led to nothing yet, to go on with or to forget. */
export function Unfinished() {
  const client = useQueryClient();
  const recent = useQuery(recentQuery);
  const columns = useMemo(
    () =>
      columnsFor(async (id) => {
        await setupAgent.end(id).catch((error) => notifyError("It was not forgotten", error));
        await client.invalidateQueries({ queryKey: recentQuery.queryKey });
      }),
    [client],
  );
  const open = recent.data?.data.filter(
    ({ state, connector }) => state !== "done" && state !== "failed" && connector !== null,
  );
  if (!open || open.length === 0) return null;
  return (
    <Section
      title="Unfinished"
      description="Conversations that have not led to a source yet. They expire after a day without a message."
    >
      <DataTable
        label="Unfinished conversations"
        columns={columns}
        rows={open}
        rowKey={({ session_id }) => session_id}
        minWidth={280}
      />
    </Section>
  );
}

function columnsFor(forget: (id: string) => Promise<void>): DataColumn<Recent>[] {
  return [
    {
      id: "connector",
      header: "Source",
      cell: ({ session_id, connector, title }) => (
        <Group gap={8} wrap="nowrap">
          <Anchor
            component={Link}
            href={`/data/sources/new?session=${encodeURIComponent(session_id)}`}
            c="inherit"
            fz="sm"
            fw={500}
          >
            <ConnectorMark name={connector ?? ""} />
          </Anchor>
          {title && title !== connectorTitle(connector ?? "") ? (
            <Text fz="sm" c="dimmed" truncate>
              {title}
            </Text>
          ) : null}
        </Group>
      ),
    },
    { id: "state", header: "Next", wideOnly: true, cell: ({ state }) => stepName(state) },
    {
      id: "active",
      header: "Last message",
      width: "150px",
      cell: ({ last_active_at }) => <RelativeTime at={last_active_at} />,
    },
    {
      id: "actions",
      header: "Actions",
      hideHeader: true,
      align: "right",
      width: "56px",
      cell: ({ session_id, connector }) => (
        <ActionIcon
          variant="subtle"
          color="gray"
          title="Forget it"
          aria-label={`Forget the conversation about ${connectorTitle(connector ?? "")}`}
          onClick={() => void forget(session_id)}
        >
          <IconTrash size={16} />
        </ActionIcon>
      ),
    },
  ];
}
