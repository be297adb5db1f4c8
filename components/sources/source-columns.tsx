"use client";
import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { DataColumn } from "#components/ui/data-table.tsx";
import { NameCell } from "#components/ui/name-cell.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { Source } from "#lib/sources/schema.ts";
import { ConnectorMark } from "./connector-mark.tsx";
import { HealthBadge } from "./health-badge.tsx";
import { sourceUsesQuery } from "./queries.ts";

/** Columns of the list of sources. */
export const sourceColumns: DataColumn<Source>[] = [
  {
    id: "title",
    header: "Source",
    cell: (row) => <NameCell href={`/data/sources/${row.name}`} title={row.title} slug={row.name} />,
  },
  {
    id: "connector",
    header: "Connector",
    wideOnly: true,
    cell: (row) => <ConnectorMark name={row.connector} />,
  },
  { id: "health", header: "Health", width: "230px", cell: (row) => <Health row={row} /> },
  { id: "uses", header: "Used by", width: "120px", wideOnly: true, cell: (row) => <UsedBy id={row.id} /> },
  {
    id: "created",
    header: "Created",
    width: "130px",
    wideOnly: true,
    cell: (row) => <RelativeTime at={row.createdAt} />,
  },
];

function Health({ row: { health, checkedAt } }: { row: Source }) {
  return (
    <Stack gap={2} align="flex-start">
      <HealthBadge health={health} size="sm" />
      <Text fz="xs" c="dimmed" truncate title={health?.message} maw={220}>
        <RelativeTime at={checkedAt} fallback="Never tested" />
        {health && !health.ok ? `, ${health.message}` : ""}
      </Text>
    </Stack>
  );
}

function UsedBy({ id }: { id: string }) {
  const uses = useQuery(sourceUsesQuery(id));
  const count = uses.data?.data.length;
  if (count === undefined)
    return (
      <Text fz="sm" c="dimmed">
        {uses.isError ? "—" : "…"}
      </Text>
    );
  if (count === 0)
    return (
      <Text fz="sm" c="dimmed">
        Nothing yet
      </Text>
    );
  return <Text fz="sm">{count === 1 ? "1 pipeline" : `${count} pipelines`}</Text>;
}
