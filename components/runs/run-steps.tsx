import { Group, Stack, Text, Title } from "@mantine/core";
import { KindIcon } from "#components/pipelines/kind-icon.tsx";
import { formatDuration, formatNumber } from "#components/ui/format.ts";
import { StatusBadge } from "#components/ui/status-badge.tsx";
import type { NodeKind } from "#lib/ir/schema.ts";
import type { RunNode } from "#lib/runs/schema.ts";
import classes from "./run.module.css";

const MORE = [
  "filtered",
  "deduplicated",
  "unmatched",
  "inserted",
  "updated",
  "deleted",
  "unchanged",
  "late",
] as const;

/** Every node of the run in order, with its rows and time. */
export function RunSteps({ nodes }: { nodes: readonly RunNode[] }) {
  return (
    <section aria-label="Steps">
      <Title order={2} mb="xs">
        Steps
      </Title>
      <ol className={classes.steps}>
        {nodes.map((node) => (
          <Step key={node.nodeId} node={node} />
        ))}
      </ol>
    </section>
  );
}

function Step({ node }: { node: RunNode }) {
  const more = MORE.flatMap((name) => {
    const n = node.counts?.[name];
    return n ? [`${formatNumber(n)} ${name}`] : [];
  });
  const took =
    node.startedAt && node.finishedAt ? Date.parse(node.finishedAt) - Date.parse(node.startedAt) : undefined;
  return (
    <li className={classes.step} data-status={node.status}>
      <span className={classes.dot}>
        <KindIcon kind={node.kind as NodeKind} size={15} />
      </span>
      <Stack gap={2} miw={0} className={classes.stepBody}>
        <Group gap={8} justify="space-between">
          <Group gap={8} miw={0}>
            <Text fz="sm" fw={500} ff="monospace" style={{ overflowWrap: "anywhere" }}>
              {node.nodeId}
            </Text>
            <StatusBadge status={node.status} size="sm" />
          </Group>
          <Text fz="xs" c="dimmed">
            {took === undefined ? "" : formatDuration(took)}
          </Text>
        </Group>
        {node.kind === "archive" && node.counts?.files !== undefined && (
          <Text fz="xs" c="dimmed">
            {formatNumber(node.counts.files)} {node.counts.files === 1 ? "file" : "files"} copied ·{" "}
            {formatNumber(node.counts.bytes ?? 0)} bytes written
          </Text>
        )}
        {node.kind !== "archive" && node.status !== "waiting" && (
          <Text fz="xs" c="dimmed">
            {node.kind === "source" ? "" : `${formatNumber(node.rowsIn)} in · `}
            {formatNumber(node.rowsOut)} out
            {node.rowsRejected > 0 ? ` · ${formatNumber(node.rowsRejected)} rejected` : ""}
            {more.length > 0 ? ` · ${more.join(" · ")}` : ""}
          </Text>
        )}
        {node.error && (
          <Text fz="xs" className={classes.stepError}>
            {node.error.message}
          </Text>
        )}
      </Stack>
    </li>
  );
}
