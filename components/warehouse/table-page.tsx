"use client";
import { Button, Group, Skeleton, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber, formatRows } from "#components/ui/format.ts";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { ROWS_PER_PAGE, tableRowsQuery } from "./queries.ts";
import { RowGrid } from "./row-grid.tsx";

/** One table: its first rows, its columns and types, its row count. */
export function TablePage({ table }: { table: string }) {
  const { get, set } = useUrlState();
  const offset = Math.max(0, Number(get("offset") ?? 0) || 0);
  const page = useQuery(tableRowsQuery(table, offset));
  const total = page.data?.total ?? 0;
  const go = (to: number) => set({ offset: to > 0 ? String(to) : undefined }, "push");
  const last = Math.min(offset + ROWS_PER_PAGE, total);
  return (
    <PageBody width="full">
      <PageHeader
        back={{ href: "/data/tables", label: "Tables" }}
        title={table}
        badges={<CopyButton value={table} label="Copy the table's name" />}
        description={
          page.data ? `${formatRows(total)}, ${page.data.columns.length} columns` : "Counting rows"
        }
      />
      {page.isPending ? (
        <Skeleton height="calc(100dvh - 220px)" mih={320} role="status" aria-label="Loading rows" />
      ) : page.isError ? (
        <ErrorState title="The table could not be read" error={page.error} onRetry={() => page.refetch()} />
      ) : total === 0 ? (
        <>
          <RowGrid label={table} columns={page.data.columns} rows={[]} offset={0} />
          <EmptyState title="No rows" description="The table is there and empty." />
        </>
      ) : (
        <>
          <RowGrid label={table} columns={page.data.columns} rows={page.data.rows} offset={offset} />
          <Group justify="space-between">
            <Text fz="xs" c="dimmed" aria-live="polite">
              Rows {formatNumber(offset + 1)} to {formatNumber(last)} of {formatNumber(total)}
            </Text>
            {total > ROWS_PER_PAGE && (
              <Group gap="xs">
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<IconChevronLeft size={14} aria-hidden />}
                  disabled={offset === 0}
                  onClick={() => go(Math.max(0, offset - ROWS_PER_PAGE))}
                >
                  Previous
                </Button>
                <Button
                  size="xs"
                  variant="default"
                  rightSection={<IconChevronRight size={14} aria-hidden />}
                  disabled={last >= total}
                  onClick={() => go(offset + ROWS_PER_PAGE)}
                >
                  Next
                </Button>
              </Group>
            )}
          </Group>
        </>
      )}
    </PageBody>
  );
}
