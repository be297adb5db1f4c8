"use client";
import { Alert, Badge, Button, Group, Radio, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useCan } from "#components/shell/session.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone, notifyError } from "#components/ui/notify.ts";
import { Pager } from "#components/ui/pager.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { TableFrame } from "#components/ui/table-frame.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import type { PipelineSummary, VersionSummary } from "#lib/pipelines/schema.ts";
import { refreshPipelines, restoreVersion, versionsQuery } from "./queries.ts";

const VersionDiff = dynamic(() => import("./version-diff.tsx"), {
  ssr: false,
  loading: () => <Skeleton height={240} role="status" aria-label="Loading the diff" />,
});

const ORIGINS = {
  created: "Created",
  edited: "Edited",
  applied: "By the assistant",
  restored: "Restored",
} as const;

/** Every version, the difference between any two, and the way back to one. */
export function VersionsTab({ pipeline }: { pipeline: PipelineSummary }) {
  const { get, set } = useUrlState();
  const client = useQueryClient();
  const mayWrite = useCan("pipelines.write");
  const versions = useQuery(versionsQuery(pipeline.id, get("cursor")));
  const restore = useMutation({
    mutationFn: (version: number) => restoreVersion(pipeline.id, version, pipeline.version),
    onSuccess: async (saved, version) => {
      await refreshPipelines(client);
      notifyDone(`Version ${version} is current again, as version ${saved.version}`);
    },
    onError: (error) => notifyError("The version was not restored", error),
  });
  const right = Number(get("right") ?? pipeline.version);
  const left = Number(get("left") ?? Math.max(1, right - 1));

  if (versions.isPending) return <TableSkeleton columns={["Compare", "Version", "What changed", "When"]} />;
  if (versions.isError) return <ErrorState error={versions.error} onRetry={() => versions.refetch()} />;
  return (
    <Stack gap="md">
      <TableFrame label="Versions" minWidth={520}>
        <thead>
          <tr>
            <th style={{ width: 96 }}>Compare</th>
            <th style={{ width: 170 }}>Version</th>
            <th>What changed</th>
            <th style={{ width: 140 }}>When</th>
            <th style={{ width: 96 }}>
              <span className="mantine-visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {versions.data.data.map((one) => (
            <tr key={one.version}>
              <td>
                <Group gap={10} wrap="nowrap">
                  <Radio
                    size="xs"
                    name="left"
                    aria-label={`Version ${one.version} on the left`}
                    checked={one.version === left}
                    onChange={() => set({ left: String(one.version) })}
                  />
                  <Radio
                    size="xs"
                    name="right"
                    aria-label={`Version ${one.version} on the right`}
                    checked={one.version === right}
                    onChange={() => set({ right: String(one.version) })}
                  />
                </Group>
              </td>
              <td>
                <Group gap={6}>
                  <Text fz="sm" fw={500}>
                    {one.version}
                  </Text>
                  {one.current && <Badge size="sm">Current</Badge>}
                  {!one.executable && (
                    <Badge size="sm" color="yellow">
                      Draft
                    </Badge>
                  )}
                </Group>
                <Text fz="xs" c="dimmed">
                  {ORIGINS[one.origin]}
                </Text>
              </td>
              <td>
                <WhatChanged version={one} />
              </td>
              <td>
                <RelativeTime at={one.createdAt} />
              </td>
              <td>
                {mayWrite && !one.current && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    loading={restore.isPending && restore.variables === one.version}
                    onClick={() => restore.mutate(one.version)}
                    aria-label={`Restore version ${one.version}`}
                  >
                    Restore
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </TableFrame>
      <Pager page={versions.data.pagination} noun={["version", "versions"]} />
      {left === right ? (
        versions.data.pagination.total > 1 && (
          <Alert color="gray">Choose two different versions to compare.</Alert>
        )
      ) : (
        <Stack gap="xs">
          <Title order={2}>
            From version {left} to version {right}
          </Title>
          <VersionDiff pipelineId={pipeline.id} left={left} right={right} />
        </Stack>
      )}
    </Stack>
  );
}

const SHOWN = 3;

function WhatChanged({ version }: { version: VersionSummary }) {
  const more = version.changes.length - SHOWN;
  return (
    <Stack gap={0}>
      {version.note && <Text fz="sm">{version.note}</Text>}
      {version.changes.slice(0, SHOWN).map((change) => (
        <Text key={change} fz="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {change}
        </Text>
      ))}
      {more > 0 && (
        <Text fz="xs" c="dimmed">
          and {more} more
        </Text>
      )}
      {!version.note && version.changes.length === 0 && (
        <Text fz="xs" c="dimmed">
          {version.version === 1 ? "The first version" : "No change in the document"}
        </Text>
      )}
    </Stack>
  );
}
