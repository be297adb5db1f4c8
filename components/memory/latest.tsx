"use client";
import { Anchor, Text } from "@mantine/core";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { Memory } from "#lib/memory/schema.ts";

const columns: DataColumn<Memory>[] = [
  {
    id: "text",
    header: "Memory",
    cell: ({ memory_id, content }) => (
      <Anchor
        component={Link}
        href={memoryPath(memory_id)}
        c="inherit"
        fz="sm"
        lineClamp={2}
        style={{ overflowWrap: "anywhere" }}
        onClick={(event) => event.stopPropagation()}
      >
        {content.slice(0, 300).trim() || memory_id}
      </Anchor>
    ),
  },
  {
    id: "agent",
    header: "Agent",
    width: "160px",
    wideOnly: true,
    cell: ({ agent_id }) => <Id>{agent_id}</Id>,
  },
  {
    id: "session",
    header: "Session",
    width: "160px",
    wideOnly: true,
    cell: ({ session_id }) => <Id>{session_id}</Id>,
  },
  { id: "when", header: "When", width: "130px", cell: ({ valid_from }) => <RelativeTime at={valid_from} /> },
];

/** The names of the columns, for the skeleton. */
export const LATEST_COLUMNS = columns.map(({ header }) => header);

/** Where a memory's page is. */
export function memoryPath(id: string): string {
  return `/memory/${encodeURIComponent(id)}`;
}

/** Memories in the order given; a row leads to its memory. */
export function Latest({ memories }: { memories: Memory[] }) {
  const router = useRouter();
  return (
    <DataTable
      label="Memories"
      columns={columns}
      rows={memories}
      rowKey={({ memory_id }) => memory_id}
      onRowClick={({ memory_id }) => router.push(memoryPath(memory_id))}
      minWidth={280}
    />
  );
}

function Id({ children }: { children: string }) {
  return (
    <Text
      fz="xs"
      ff="monospace"
      c="dimmed"
      lineClamp={1}
      title={children}
      style={{ overflowWrap: "anywhere" }}
    >
      {children || "—"}
    </Text>
  );
}
