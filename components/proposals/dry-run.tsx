"use client";
import { Alert, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { SampleTable } from "#components/warehouse/sample-table.tsx";
import type { RunError } from "#lib/runs/schema.ts";
import type { Preview, PreviewNode } from "#lib/runtime/schema.ts";
import type { OpenProposal } from "./conversation.ts";
import classes from "./dry-run.module.css";
import { previewQuery } from "./queries.ts";

const SAMPLE_ROWS = 8;
const REJECTS = 5;

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
      <Group justify="space-between">
        <Text fz="xs" c="dimmed">
          At most {formatNumber(preview.rows)} rows of each source; no target was touched.
        </Text>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={onAgain}>
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
        <NodeResult key={node.nodeId} node={node} before={before.get(node.nodeId)} />
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

function NodeResult({ node, before }: { node: PreviewNode; before: PreviewNode | undefined }) {
  return (
    <section className={classes.node}>
      <Title order={2} ff="monospace" fz="xs" mb={4}>
        {node.nodeId}
      </Title>
      <Counts node={node} before={before} />
      <ColumnDiff node={node} before={before} />
      {node.sample.length > 0 && (
        <SampleTable
          label={`Sample rows after ${node.nodeId}`}
          columns={node.columns}
          rows={node.sample.slice(0, SAMPLE_ROWS)}
        />
      )}
      {node.rejects.length > 0 && (
        <Stack gap={2} mt={6}>
          <Text fz="xs" fw={500}>
            Rejected
          </Text>
          {node.rejects.slice(0, REJECTS).map((reject, i) => (
            <Text key={`${reject.rule}-${i.toString()}`} fz="xs" c="dimmed" className={classes.reject}>
              {reject.rule}: {reject.reason}
            </Text>
          ))}
        </Stack>
      )}
    </section>
  );
}

const COUNTS = [
  ["in", "in"],
  ["out", "out"],
  ["rejected", "rejected"],
  ["filtered", "filtered"],
  ["deduplicated", "deduplicated"],
] as const;

function Counts({ node, before }: { node: PreviewNode; before: PreviewNode | undefined }) {
  const parts = COUNTS.flatMap(([name, word]) => {
    const now = node.counts[name] ?? 0;
    const was = before?.counts[name] ?? 0;
    if (now === 0 && was === 0) return [];
    const text = before && was !== now ? `${formatNumber(was)} → ${formatNumber(now)}` : formatNumber(now);
    return [`${text} ${word}`];
  });
  return (
    <Text fz="xs" c="dimmed" mb={4}>
      {parts.join(" · ") || "No rows"}
    </Text>
  );
}

function ColumnDiff({ node, before }: { node: PreviewNode; before: PreviewNode | undefined }) {
  if (!before) return null;
  const was = new Map(before.columns.map((column) => [column.name, column.type]));
  const now = new Map(node.columns.map((column) => [column.name, column.type]));
  const words = [
    ...[...now].filter(([name]) => !was.has(name)).map(([name, type]) => `+ ${name} ${type}`),
    ...[...was].filter(([name]) => !now.has(name)).map(([name]) => `− ${name}`),
    ...[...now].flatMap(([name, type]) => {
      const old = was.get(name);
      return old && old !== type ? [`${name} ${old} → ${type}`] : [];
    }),
  ];
  if (words.length === 0) return null;
  return (
    <Text fz="xs" ff="monospace" mb={4} className={classes.reject}>
      {words.join(", ")}
    </Text>
  );
}
