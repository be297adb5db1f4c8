"use client";
import { Anchor, Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { Pager } from "#components/pipelines/pager.tsx";
import { useUrlState } from "#components/pipelines/use-url-state.ts";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatDuration } from "#components/ui/format.ts";
import { NumberText } from "#components/ui/number-text.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import type { RunSummary } from "#lib/runs/schema.ts";
import { runsQuery } from "./queries.ts";

const STATUSES = [
  { value: "queued", label: "Queued" },
  { value: "running", label: "Running" },
  { value: "completed", label: "Completed" },
  { value: "completed_with_errors", label: "Completed with errors" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Cancelled" },
];

const TRIGGERS = { manual: "By hand", schedule: "Schedule", setup: "Set-up", proposal: "Assistant" } as const;

/** Runs, newest first: of the whole tenant, or of one pipeline. Filter and page stand in the address. */
export function RunsTable({ pipeline }: { pipeline?: string }) {
  const { get, set } = useUrlState();
  const router = useRouter();
  const status = get("status");
  const cursor = get("cursor");
  const list = useQuery(
    runsQuery({
      ...(pipeline ? { pipeline } : {}),
      ...(status ? { status } : {}),
      ...(cursor ? { cursor } : {}),
    }),
  );
  const columns = useMemo(() => columnsFor(pipeline === undefined), [pipeline]);
  const none = list.isSuccess && list.data.data.length === 0;
  if (none && !status && !cursor) {
    return (
      <EmptyState
        icon={<IconHistory size={28} stroke={1.4} />}
        title="No runs yet"
        description="Each run is kept here with every row accounted for. Start one from a pipeline, or schedule it."
        action={
          pipeline ? undefined : (
            <Button component={Link} href="/data/pipelines" variant="default">
              Go to pipelines
            </Button>
          )
        }
      />
    );
  }
  return (
    <Stack gap="sm">
      <Group>
        <NativeSelect
          aria-label="Filter by status"
          data={[{ value: "", label: "Any status" }, ...STATUSES]}
          value={status ?? ""}
          onChange={(event) => set({ status: event.currentTarget.value || undefined, cursor: undefined })}
          w={{ base: "100%", xs: 220 }}
        />
      </Group>
      {list.isPending ? (
        <TableSkeleton columns={columns.map((column) => column.header)} />
      ) : list.isError ? (
        <ErrorState title="The runs could not be loaded" error={list.error} onRetry={() => list.refetch()} />
      ) : none ? (
        <Text c="dimmed">No run is in that state.</Text>
      ) : (
        <>
          <DataTable
            label="Runs"
            columns={columns}
            rows={list.data.data}
            rowKey={(row) => row.runId}
            onRowClick={(row) => router.push(`/data/runs/${row.runId}`)}
            minWidth={300}
          />
          <Pager page={list.data.pagination} noun={["run", "runs"]} />
        </>
      )}
    </Stack>
  );
}

function columnsFor(withPipeline: boolean): DataColumn<RunSummary>[] {
  const columns: DataColumn<RunSummary>[] = [
    { id: "status", header: "Status", width: "200px", cell: (row) => <StatusBadge status={row.status} /> },
    { id: "when", header: "When", width: "140px", cell: (row) => <When row={row} /> },
    { id: "took", header: "Took", width: "96px", wideOnly: true, cell: (row) => <Took row={row} /> },
    {
      id: "out",
      header: "Loaded",
      align: "right",
      width: "110px",
      wideOnly: true,
      cell: (row) => <NumberText value={row.rowsOut} />,
    },
    {
      id: "rejected",
      header: "Rejected",
      align: "right",
      width: "100px",
      wideOnly: true,
      cell: (row) => <NumberText value={row.rowsRejected} />,
    },
    {
      id: "trigger",
      header: "Started",
      width: "110px",
      wideOnly: true,
      cell: (row) => (
        <Text fz="sm" c="dimmed">
          {TRIGGERS[row.trigger]}
        </Text>
      ),
    },
  ];
  if (!withPipeline) return columns;
  return [
    {
      id: "pipeline",
      header: "Pipeline",
      cell: (row) => (
        <Text fz="sm" fw={500} lineClamp={1} title={row.pipelineName}>
          {row.pipelineName}
        </Text>
      ),
    },
    ...columns,
  ];
}

function When({ row }: { row: RunSummary }) {
  return (
    <Anchor
      component={Link}
      href={`/data/runs/${row.runId}`}
      fz="sm"
      c="var(--mantine-color-text)"
      onClick={(event) => event.stopPropagation()}
    >
      <RelativeTime at={row.startedAt ?? row.queuedAt} />
    </Anchor>
  );
}

function Took({ row }: { row: RunSummary }) {
  const ms =
    row.startedAt && row.finishedAt ? Date.parse(row.finishedAt) - Date.parse(row.startedAt) : undefined;
  return (
    <Text fz="sm" c="dimmed">
      {ms === undefined ? "—" : formatDuration(ms)}
    </Text>
  );
}
