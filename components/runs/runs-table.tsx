"use client";
import { Button, NativeSelect, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo } from "react";
import type { DataColumn } from "#components/ui/data-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { formatDuration } from "#components/ui/format.ts";
import { NumberText } from "#components/ui/number-text.tsx";
import { PagedList } from "#components/ui/paged-list.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { RowLink } from "#components/ui/row-link.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import type { RunSummary } from "#lib/runs/schema.ts";
import { runsQuery } from "./queries.ts";
import classes from "./runs-table.module.css";

const STATUSES = [
  { value: "queued", label: "Queued" },
  { value: "running", label: "Running" },
  { value: "completed", label: "Completed" },
  { value: "completed_with_errors", label: "Completed with errors" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Cancelled" },
];

const TRIGGERS = {
  manual: "By hand",
  schedule: "Schedule",
  backfill: "Backfill",
  setup: "Set-up",
  proposal: "Assistant",
  replay: "Replay",
} as const;

/** Runs, newest first: of the whole tenant, or of one pipeline. Filter and page stand in the address. */
export function RunsTable({ pipeline }: { pipeline?: string }) {
  const { get, set } = useUrlState();
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
  return (
    <div className={pipeline === undefined ? classes.ofAll : undefined}>
      <PagedList
        list={list}
        noun={["run", "runs"]}
        columns={columns}
        rowKey={(row) => row.runId}
        hrefOf={pathOf}
        narrowed={status !== undefined}
        controls={
          <NativeSelect
            aria-label="Filter by status"
            data={[{ value: "", label: "Any status" }, ...STATUSES]}
            value={status ?? ""}
            onChange={(event) => set({ status: event.currentTarget.value || undefined, cursor: undefined })}
            w={{ base: "100%", xs: 220 }}
          />
        }
        noMatch={<Text c="dimmed">No run is in that state.</Text>}
        empty={
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
        }
      />
    </div>
  );
}

const pathOf = (row: RunSummary) => `/data/runs/${row.runId}`;

function columnsFor(withPipeline: boolean): DataColumn<RunSummary>[] {
  const columns: DataColumn<RunSummary>[] = [
    {
      id: "status",
      header: "Status",
      // Narrower on a phone, where the name needs the room.
      width: "clamp(112px, 32vw, 200px)",
      cell: (row) => <StatusBadge status={row.status} />,
    },
    { id: "when", header: "When", width: "clamp(84px, 25vw, 140px)", cell: (row) => <When row={row} /> },
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
      width: "clamp(130px, 20vw, 300px)",
      cell: (row) => (
        <Text fz="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
          {row.pipelineName}
        </Text>
      ),
    },
    ...columns,
  ];
}

function When({ row }: { row: RunSummary }) {
  return (
    <RowLink href={pathOf(row)}>
      <RelativeTime at={row.startedAt ?? row.queuedAt} />
    </RowLink>
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
