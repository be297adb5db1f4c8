"use client";
import { ActionIcon, Button, Code, Group, Pagination, Skeleton, Text } from "@mantine/core";
import { IconChevronRight, IconShieldCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useMemo } from "react";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import classes from "./audit.module.css";
import { entityTypeName } from "./entity-type-name.ts";
import { ExportButton } from "./export-button.tsx";
import { AUDIT_PAGE_ROWS, type AuditFilter, type AuditRow, auditPage } from "./queries.ts";

const AuditDetail = dynamic(() => import("./audit-detail.tsx").then((module) => module.AuditDetail), {
  loading: () => <Skeleton height={120} />,
});
const AuditFilters = dynamic(() => import("./audit-filters.tsx"), {
  ssr: false,
  loading: () => <Skeleton height={61} maw={830} />,
});
const ChainBadge = dynamic(() => import("./chain-badge.tsx"), {
  ssr: false,
  loading: () => <Skeleton width={170} height={36} />,
});

const COLUMNS = ["", "When", "Who", "Action", "Entity"];

/** Who did what, when: filter it, unfold a row, prove the chain, take it away as a file. */
export function AuditLog() {
  const { get, set } = useUrlState();
  const filter: AuditFilter = {
    entityType: get("entityType"),
    action: get("action"),
    userId: get("user"),
    from: get("from"),
    to: get("to"),
  };
  const page = Math.max(1, Number.parseInt(get("page") ?? "1", 10) || 1);
  const open = get("row");
  const log = useQuery(auditPage(filter, page));
  const rows = log.data?.logs ?? [];
  const columns = useMemo(
    () => columnsWith(open, (id) => set({ row: id === open ? undefined : id })),
    [open, set],
  );
  const pages = Math.ceil((log.data?.total ?? 0) / AUDIT_PAGE_ROWS);
  const narrowed = Object.values(filter).some(Boolean);
  return (
    <PageBody>
      <PageHeader
        title="Audit"
        description="Every change in this tenant: who made it, when, and what was there before."
        actions={
          <>
            <ChainBadge />
            <ExportButton filter={filter} total={log.data?.total} />
          </>
        }
      />
      <AuditFilters filter={filter} rows={rows} />
      {log.error && !log.data ? <ErrorState error={log.error} onRetry={() => void log.refetch()} /> : null}
      {log.isPending ? <TableSkeleton columns={COLUMNS} rows={10} /> : null}
      {log.data && rows.length === 0 ? (
        <EmptyState
          icon={<IconShieldCheck />}
          title={narrowed ? "No entry matches" : "Nothing has been recorded yet"}
          description={
            narrowed
              ? "Widen the dates or clear a filter. An action is matched whole, as in pipeline.created."
              : "Each change to a pipeline, run, setting, key or member will stand here."
          }
          action={
            narrowed ? (
              <Button
                variant="default"
                onClick={() =>
                  set({
                    entityType: undefined,
                    action: undefined,
                    user: undefined,
                    from: undefined,
                    to: undefined,
                    page: undefined,
                  })
                }
              >
                Clear filters
              </Button>
            ) : undefined
          }
        />
      ) : null}
      {rows.length > 0 ? (
        <div data-stale={log.isPlaceholderData || undefined} className={classes.list}>
          <DataTable
            label="Audit log"
            columns={columns}
            rows={rows}
            rowKey={({ id }) => id}
            onRowClick={({ id }) => set({ row: id === open ? undefined : id })}
            expanded={(row) => (row.id === open ? <AuditDetail row={row} /> : null)}
          />
          <Group justify="space-between" mt="sm">
            <Text fz="sm" c="dimmed" aria-live="polite">
              {formatNumber(log.data?.total ?? 0)} {log.data?.total === 1 ? "entry" : "entries"}
            </Text>
            {pages > 1 ? (
              <Pagination
                size="sm"
                total={pages}
                value={page}
                onChange={(next) =>
                  set({ page: next === 1 ? undefined : String(next), row: undefined }, "push")
                }
                getItemProps={(item) => ({ "aria-label": `Page ${item}` })}
                getControlProps={(control) => ({
                  "aria-label": control === "next" ? "Next page" : "Previous page",
                })}
              />
            ) : null}
          </Group>
        </div>
      ) : null}
    </PageBody>
  );
}

function columnsWith(open: string | undefined, toggle: (id: string) => void): DataColumn<AuditRow>[] {
  return [
    {
      id: "open",
      header: "Details",
      hideHeader: true,
      width: "40px",
      cell: ({ id, action }) => (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-expanded={id === open}
          aria-label={`Details of ${action}`}
          onClick={(event) => {
            event.stopPropagation();
            toggle(id);
          }}
        >
          <IconChevronRight size={14} className={classes.chevron} data-open={id === open || undefined} />
        </ActionIcon>
      ),
    },
    { id: "when", header: "When", width: "140px", cell: ({ timestamp }) => <RelativeTime at={timestamp} /> },
    { id: "who", header: "Who", cell: ({ userName, userId }) => userName ?? userId },
    { id: "action", header: "Action", cell: ({ action }) => <Code>{action}</Code> },
    {
      id: "entity",
      header: "Entity",
      cell: ({ entityType, entityName, entityId }) => (
        <>
          <Text span inherit c="dimmed">
            {entityTypeName(entityType)}
          </Text>{" "}
          {entityName ?? `…${entityId.slice(-8)}`}
        </>
      ),
    },
  ];
}
