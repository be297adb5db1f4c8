"use client";
import { ActionIcon, Anchor, Button, Group, Text } from "@mantine/core";
import { IconBroadcast, IconRobot, IconTrash } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useMemo, useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { Section } from "#components/ui/section.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import type { ObjectRows } from "#lib/client/index.ts";
import type { ErasureTarget } from "./erase-dialog.tsx";
import { idOf } from "./id-of.ts";
import { namedQuery } from "./queries.ts";

const EraseDialog = dynamic(() => import("./erase-dialog.tsx"), { ssr: false });

type Kind = "agents" | "sessions";
type Row = ObjectRows["agents"] | ObjectRows["sessions"];

/** Agents or sessions: what they remember, their part of the log, and the way to erase all of it. */
export function NamedList({ kind, title, description }: { kind: Kind; title: string; description: string }) {
  const list = useInfiniteQuery(namedQuery(kind));
  const mayErase = useCan("memory.erase");
  const [erasing, setErasing] = useState<ErasureTarget>();
  const columns = useMemo(() => columnsOf(kind, mayErase, setErasing), [kind, mayErase]);
  const rows = list.data?.pages.flatMap((page) => page.rows as Row[]) ?? [];
  return (
    <Section title={title} description={description}>
      {list.error && !list.data ? (
        <ErrorState
          title={`The ${kind} could not be loaded`}
          error={list.error}
          onRetry={() => void list.refetch()}
        />
      ) : list.isPending ? (
        <TableSkeleton columns={columns.map(({ header }) => header)} rows={4} />
      ) : rows.length === 0 ? (
        <EmptyState
          icon={<IconRobot />}
          title={kind === "agents" ? "No agent has written yet" : "No session yet"}
          description="It stands here with the first event that names it."
        />
      ) : (
        <>
          <DataTable
            label={title}
            columns={columns}
            rows={rows}
            rowKey={(row) => idOf(kind, row)}
            minWidth={300}
          />
          <Group justify="space-between" mt="sm">
            <Text fz="sm" c="dimmed">
              {rows.length} shown{list.hasNextPage ? ", there are more" : ""}
            </Text>
            {list.hasNextPage ? (
              <Button
                size="xs"
                variant="default"
                loading={list.isFetchingNextPage}
                onClick={() => void list.fetchNextPage()}
              >
                Load more
              </Button>
            ) : null}
          </Group>
        </>
      )}
      {erasing ? <EraseDialog target={erasing} onClose={() => setErasing(undefined)} /> : null}
    </Section>
  );
}

function columnsOf(kind: Kind, mayErase: boolean, erase: (target: ErasureTarget) => void): DataColumn<Row>[] {
  const name = kind === "agents" ? "agent" : "session";
  return [
    {
      id: "id",
      header: kind === "agents" ? "Agent" : "Session",
      cell: (row) => (
        <Group gap={4} wrap="nowrap">
          <Anchor
            component={Link}
            href={`/memory?${name}=${encodeURIComponent(idOf(kind, row))}`}
            c="inherit"
            fz="sm"
            fw={500}
            title={`Memories of this ${name}`}
            style={{ overflowWrap: "anywhere" }}
          >
            {idOf(kind, row)}
          </Anchor>
          <CopyButton value={idOf(kind, row)} label={`Copy ${name} id`} />
        </Group>
      ),
    },
    ...(kind === "sessions"
      ? [
          {
            id: "agent",
            header: "Agent",
            wideOnly: true,
            cell: (row: Row) => <Text fz="sm">{String(row.agent_id ?? "") || "—"}</Text>,
          },
        ]
      : []),
    {
      id: "workspace",
      header: "Workspace",
      wideOnly: true,
      cell: (row) => <Text fz="sm">{String(row.workspace_id ?? "") || "—"}</Text>,
    },
    { id: "lsn", header: "Since LSN", align: "right", width: "100px", cell: (row) => row.lsn },
    {
      id: "actions",
      header: "Actions",
      hideHeader: true,
      align: "right",
      width: "96px",
      cell: (row) => (
        <Group gap={4} justify="flex-end" wrap="nowrap">
          <ActionIcon
            component={Link}
            href={`/memory?tab=tail&${name}=${encodeURIComponent(idOf(kind, row))}`}
            variant="subtle"
            color="gray"
            aria-label={`Live tail of ${idOf(kind, row)}`}
            title="Live tail"
          >
            <IconBroadcast size={16} />
          </ActionIcon>
          {mayErase ? (
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Erase everything of ${idOf(kind, row)}`}
              title={`Erase everything of this ${name}`}
              onClick={() => erase({ kind: name, id: idOf(kind, row) })}
            >
              <IconTrash size={16} />
            </ActionIcon>
          ) : null}
        </Group>
      ),
    },
  ];
}
