"use client";
import { Stack, Text, Title } from "@mantine/core";
import { formatNumber } from "#components/ui/format.ts";
import { SampleTable } from "#components/warehouse/sample-table.tsx";
import type { PreviewNode } from "#lib/runtime/schema.ts";
import classes from "./dry-run.module.css";
import { groupRejects } from "./group-rejects.ts";

const SAMPLE_ROWS = 8;
const REASONS = 5;

/** What a dry run saw at one node: counts, columns, rows and rejects, before and after. */
export function DryRunNode({ node, before }: { node: PreviewNode; before: PreviewNode | undefined }) {
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
      <Rejects node={node} />
    </section>
  );
}

function Rejects({ node }: { node: PreviewNode }) {
  const groups = groupRejects(node.rejects);
  if (groups.length === 0) return null;
  return (
    <Stack gap={4} mt={6}>
      <Text fz="xs" fw={500}>
        Rejected
      </Text>
      {groups.slice(0, REASONS).map(({ rule, reason, count, row }) => (
        <div key={`${rule}${reason}`}>
          <Text fz="xs" c="dimmed" className={classes.reject}>
            {rule}: {reason}
            {count > 1 ? `, ${formatNumber(count)} times here` : ""}
          </Text>
          {row && (
            <Text fz="xs" ff="monospace" className={classes.row}>
              {JSON.stringify(row)}
            </Text>
          )}
        </div>
      ))}
      {groups.length > REASONS && (
        <Text fz="xs" c="dimmed">
          and {groups.length - REASONS} more reasons
        </Text>
      )}
    </Stack>
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
