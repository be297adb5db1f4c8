"use client";
import { Button, Code, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { TableFrame } from "#components/ui/table-frame.tsx";
import { Cell } from "#components/warehouse/cell.tsx";
import type { QuarantinedRow } from "#lib/runtime/schema.ts";
import classes from "./quarantine.module.css";
import { quarantineQuery } from "./queries.ts";

/** Rows that a rule rejected, as they stood at that node, with the reason. */
export function RunQuarantine({ runId }: { runId: string }) {
  const [cursors, setCursors] = useState<string[]>([]);
  const page = useQuery(quarantineQuery(runId, cursors.at(-1)));
  if (page.isPending) return <Skeleton height={160} role="status" aria-label="Loading rejected rows" />;
  if (page.isError) {
    return (
      <ErrorState
        title="The rejected rows could not be loaded"
        error={page.error}
        onRetry={() => page.refetch()}
      />
    );
  }
  const { data, pagination } = page.data;
  if (pagination.total === 0) return null;
  const expires = data[0]?.expiresAt;
  return (
    <section aria-label="Quarantine">
      <Group justify="space-between" mb="xs">
        <Title order={2}>Quarantine</Title>
        <Text fz="xs" c="dimmed" component="div">
          {formatNumber(pagination.total)} {pagination.total === 1 ? "row" : "rows"} kept, sealed; deleted{" "}
          <RelativeTime at={expires} />
        </Text>
      </Group>
      <Stack gap="xs">
        <TableFrame label="Rejected rows" minWidth={560}>
          <thead>
            <tr>
              <th style={{ width: 90 }} data-align="right">
                Row
              </th>
              <th style={{ width: 200 }}>Rule</th>
              <th>Values</th>
            </tr>
          </thead>
          <tbody>
            {data.map((row) => (
              <tr key={row.id}>
                <td data-align="right" style={{ verticalAlign: "top" }}>
                  {row.rowNumber === null ? "—" : formatNumber(row.rowNumber)}
                </td>
                <td style={{ verticalAlign: "top" }}>
                  <Text fz="sm">{row.reason}</Text>
                  <Text fz="xs" c="dimmed" ff="monospace">
                    {row.nodeId} · {row.rule}
                  </Text>
                </td>
                <td>
                  <Values row={row} />
                </td>
              </tr>
            ))}
          </tbody>
        </TableFrame>
        {(pagination.hasMore || cursors.length > 0) && (
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              disabled={cursors.length === 0}
              onClick={() => setCursors(cursors.slice(0, -1))}
            >
              Previous
            </Button>
            <Button
              size="xs"
              variant="default"
              disabled={!pagination.hasMore}
              onClick={() => pagination.cursor && setCursors([...cursors, pagination.cursor])}
            >
              Next
            </Button>
          </Group>
        )}
      </Stack>
    </section>
  );
}

function Values({ row }: { row: QuarantinedRow }) {
  if (!row.row)
    return (
      <Text fz="xs" c="dimmed">
        The row could not be opened
      </Text>
    );
  return (
    <div className={classes.values}>
      {Object.entries(row.row).map(([name, value]) => (
        <span key={name} className={classes.value}>
          <span className={classes.field}>{name}</span>{" "}
          {row.masked.includes(name) ? <Code>hidden</Code> : <Cell value={value} />}
        </span>
      ))}
    </div>
  );
}
