"use client";
import { Anchor } from "@mantine/core";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { formatDuration } from "#components/ui/format.ts";
import { NumberText } from "#components/ui/number-text.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import type { RunSummary } from "#lib/runs/schema.ts";

const columns: DataColumn<RunSummary>[] = [
  {
    id: "pipeline",
    header: "Pipeline",
    cell: ({ runId, pipelineName }) => (
      <Anchor component={Link} href={`/data/runs/${runId}`} c="inherit" fw={500}>
        {pipelineName}
      </Anchor>
    ),
  },
  { id: "status", header: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "loaded", header: "Loaded", align: "right", cell: ({ rowsOut }) => <NumberText value={rowsOut} /> },
  {
    id: "rejected",
    header: "Rejected",
    align: "right",
    cell: ({ rowsRejected }) => (
      <NumberText value={rowsRejected} c={rowsRejected > 0 ? undefined : "dimmed"} />
    ),
  },
  {
    id: "took",
    header: "Took",
    align: "right",
    wideOnly: true,
    cell: ({ startedAt, finishedAt }) =>
      startedAt && finishedAt ? formatDuration(Date.parse(finishedAt) - Date.parse(startedAt)) : "—",
  },
  { id: "when", header: "Asked for", align: "right", cell: ({ queuedAt }) => <RelativeTime at={queuedAt} /> },
];

/** The names of the columns, for the skeleton. */
export const RECENT_RUN_COLUMNS = columns.map(({ header }) => header);

/** The latest runs; a row leads to its run. */
export function RecentRuns({ runs }: { runs: RunSummary[] }) {
  const router = useRouter();
  return (
    <DataTable
      label="Recent runs"
      columns={columns}
      rows={runs}
      rowKey={({ runId }) => runId}
      onRowClick={({ runId }) => router.push(`/data/runs/${runId}`)}
    />
  );
}
