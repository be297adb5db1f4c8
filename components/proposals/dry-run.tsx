"use client";
import { Alert, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import type { RunError } from "#lib/runs/schema.ts";
import type { Preview } from "#lib/runtime/schema.ts";
import type { OpenProposal } from "./conversation.ts";
import classes from "./dry-run.module.css";
import { DryRunNode } from "./dry-run-node.tsx";
import { previewQuery } from "./queries.ts";

/** Columns, counts, sample rows and rejects before and after, from the first rows of the real sources. */
export default function DryRun(props: { proposal: OpenProposal; ticked: readonly string[] | undefined }) {
  const [ticked] = useDebouncedValue(props.ticked, 400);
  const preview = useQuery(previewQuery(props.proposal.id, ticked));
  if (ticked?.length === 0) return <Text fz="sm">Tick a change to try it.</Text>;
  if (preview.isPending) {
    return (
      <Stack gap="xs" aria-busy="true">
        <Text fz="sm" c="dimmed">
          Reading the first rows of each source. Nothing is written.
        </Text>
        <Skeleton height={160} />
      </Stack>
    );
  }
  if (preview.isError) {
    return (
      <ErrorState
        title="The dry run did not finish"
        error={preview.error}
        onRetry={() => preview.refetch()}
      />
    );
  }
  return <Result preview={preview.data} onAgain={() => preview.refetch()} />;
}

function Result({ preview, onAgain }: { preview: Preview; onAgain: () => void }) {
  const changed = new Set(preview.changedNodes);
  const shown = preview.after.nodes.filter((node) => changed.has(node.nodeId));
  const nodes = shown.length > 0 ? shown : preview.after.nodes;
  const before = new Map(preview.before?.nodes.map((node) => [node.nodeId, node]));
  return (
    <Stack gap="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text fz="xs" c="dimmed">
          At most {formatNumber(preview.rows)} rows of each source; no target was touched.
        </Text>
        <Button size="compact-xs" variant="subtle" color="gray" className={classes.again} onClick={onAgain}>
          Run again
        </Button>
      </Group>
      {preview.after.error && <Failure error={preview.after.error} />}
      {preview.after.warnings.map((warning) => (
        <Text key={warning.message} fz="xs">
          {warning.message}
        </Text>
      ))}
      {nodes.map((node) => (
        <DryRunNode key={node.nodeId} node={node} before={before.get(node.nodeId)} />
      ))}
    </Stack>
  );
}

function Failure({ error }: { error: RunError }) {
  const where = [
    error.nodeId && `node ${error.nodeId}`,
    error.rule && `rule ${error.rule}`,
    error.row && `row ${error.row}`,
  ];
  return (
    <Alert color="red" title="It would fail">
      <Text fz="sm">{error.message}</Text>
      {where.some(Boolean) && (
        <Text fz="xs" c="dimmed">
          {where.filter(Boolean).join(", ")}
        </Text>
      )}
      {error.hint && <Text fz="sm">{error.hint}</Text>}
    </Alert>
  );
}
