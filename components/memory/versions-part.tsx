"use client";
import { Code, Text } from "@mantine/core";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { IdText } from "#components/ui/id-text.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { ObjectVersion } from "#lib/memory/schema.ts";

const columns: DataColumn<ObjectVersion>[] = [
  { id: "version", header: "Version", width: "90px", cell: ({ version }) => version },
  {
    id: "object",
    header: "Object",
    cell: ({ object_id, object_type }) => (
      <>
        {object_type} <IdText id={object_id} chars={24} label="Copy object id" />
      </>
    ),
  },
  { id: "tag", header: "Made by", wideOnly: true, cell: ({ snapshot_tag }) => <Code>{snapshot_tag}</Code> },
  { id: "from", header: "From", width: "130px", cell: ({ valid_from }) => <RelativeTime at={valid_from} /> },
  {
    id: "to",
    header: "To",
    width: "130px",
    wideOnly: true,
    cell: ({ valid_to }) => <RelativeTime at={valid_to} fallback="now" />,
  },
  { id: "lsn", header: "LSN", align: "right", width: "90px", wideOnly: true, cell: ({ lsn }) => lsn },
];

/** Every version of a memory and of what was made with it, and the event that made each. */
export default function VersionsPart({ versions }: { versions: ObjectVersion[] }) {
  if (versions.length === 0) return <Text c="dimmed">No versions are kept of this memory.</Text>;
  return (
    <DataTable
      label="Versions"
      columns={columns}
      rows={versions}
      rowKey={({ object_id, version, lsn }) => `${object_id} ${version} ${lsn}`}
      minWidth={300}
    />
  );
}
