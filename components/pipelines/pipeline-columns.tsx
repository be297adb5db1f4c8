import { Badge, Group, Stack, Text } from "@mantine/core";
import { RecentRuns } from "#components/runs/recent-runs.tsx";
import type { DataColumn } from "#components/ui/data-table.tsx";
import { NameCell } from "#components/ui/name-cell.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import type { PipelineOverview } from "#lib/runs/schema.ts";

/** Columns of the list of pipelines. */
export const pipelineColumns: DataColumn<PipelineOverview>[] = [
  {
    id: "name",
    header: "Pipeline",
    cell: (row) => <NameCell href={`/data/pipelines/${row.slug}`} title={row.name} slug={row.slug} />,
  },
  {
    id: "last",
    header: "Last run",
    cell: (row) => <LastRun row={row} />,
    width: "clamp(116px, 34vw, 190px)",
  },
  {
    id: "recent",
    header: "Recent",
    cell: (row) => <RecentRuns runs={row.recentRuns} />,
    width: "96px",
    wideOnly: true,
  },
  { id: "next", header: "Next run", cell: (row) => <NextRun row={row} />, width: "210px", wideOnly: true },
  { id: "version", header: "Version", cell: (row) => <Version row={row} />, width: "110px", wideOnly: true },
];

function LastRun({ row }: { row: PipelineOverview }) {
  if (!row.lastRun)
    return (
      <Text fz="sm" c="dimmed">
        Never run
      </Text>
    );
  const at = row.lastRun.finishedAt ?? row.lastRun.startedAt;
  return (
    <Stack gap={2} align="flex-start">
      <StatusBadge status={row.lastRun.status} size="sm" />
      <Text fz="xs" c="dimmed">
        <RelativeTime at={at} fallback="Waiting" />
      </Text>
    </Stack>
  );
}

function NextRun({ row }: { row: PipelineOverview }) {
  const { schedule } = row;
  if (!schedule?.schedule)
    return (
      <Text fz="sm" c="dimmed">
        Not scheduled
      </Text>
    );
  return (
    <Stack gap={0}>
      <Text fz="sm" component="div">
        {schedule.enabled ? (
          <RelativeTime
            at={schedule.nextRunAt}
            fallback={schedule.schedule.kind === "file_arrival" ? "When a file arrives" : "Waiting"}
          />
        ) : (
          "Paused"
        )}
      </Text>
      <Text fz="xs" c="dimmed" truncate maw="100%" title={schedule.description ?? undefined}>
        {schedule.description}
      </Text>
    </Stack>
  );
}

function Version({ row }: { row: PipelineOverview }) {
  return (
    <Group gap={6} wrap="nowrap">
      <Text fz="sm">{row.version}</Text>
      {!row.executable && (
        <Badge size="sm" color="gray">
          Draft
        </Badge>
      )}
    </Group>
  );
}
