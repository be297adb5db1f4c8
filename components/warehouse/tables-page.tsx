"use client";
import { Button, Text } from "@mantine/core";
import { IconTable } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { NumberText } from "#components/ui/number-text.tsx";
import { PageBody } from "#components/ui/page-body.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { RowLink } from "#components/ui/row-link.tsx";
import { SearchBox } from "#components/ui/search-box.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { useUrlState } from "#components/ui/use-url-state.ts";
import type { WarehouseTable } from "#lib/runtime/schema.ts";
import { tablesQuery } from "./queries.ts";

const columns: DataColumn<WarehouseTable>[] = [
  {
    id: "name",
    header: "Table",
    sortBy: (row) => row.name,
    cell: (row) => (
      <RowLink
        href={`/data/tables/${encodeURIComponent(row.name)}`}
        fw={500}
        style={{ overflowWrap: "anywhere" }}
      >
        {row.name}
      </RowLink>
    ),
  },
  {
    id: "rows",
    header: "Rows",
    align: "right",
    width: "130px",
    sortBy: (row) => row.rows,
    cell: (row) => <NumberText value={row.rows} />,
  },
  {
    id: "columns",
    header: "Columns",
    align: "right",
    width: "110px",
    wideOnly: true,
    sortBy: (row) => row.columns,
    cell: (row) => <NumberText value={row.columns} />,
  },
  {
    id: "updated",
    header: "Last loaded",
    width: "160px",
    sortBy: (row) => row.updatedAt ?? "",
    cell: (row) => <RelativeTime at={row.updatedAt} />,
  },
];

/** Tables of the built-in warehouse. */
export function TablesPage() {
  const router = useRouter();
  const { get, set } = useUrlState();
  const [search, setSearch] = useState(get("q") ?? "");
  const list = useQuery(tablesQuery);
  const all = list.data?.tables ?? [];
  const rows = all.filter((table) => table.name.toLowerCase().includes(search.trim().toLowerCase()));
  return (
    <PageBody>
      <PageHeader title="Tables" description="What pipelines have loaded into the built-in warehouse." />
      {list.isPending ? (
        <TableSkeleton columns={columns.map((column) => column.header)} />
      ) : list.isError ? (
        <ErrorState
          title="The tables could not be loaded"
          error={list.error}
          onRetry={() => list.refetch()}
        />
      ) : all.length === 0 ? (
        <EmptyState
          icon={<IconTable size={28} stroke={1.4} />}
          title="No tables yet"
          description="A table appears here when the first run loads it."
          action={
            <Button component={Link} href="/data/pipelines" variant="default">
              Go to pipelines
            </Button>
          }
        />
      ) : (
        <>
          <SearchBox
            label="Search tables"
            placeholder="Name"
            text={search}
            onType={(text) => {
              setSearch(text);
              set({ q: text.trim() });
            }}
          />
          {rows.length === 0 ? (
            <Text c="dimmed">Nothing is called “{search}”.</Text>
          ) : (
            <DataTable
              label="Tables"
              columns={columns}
              rows={rows}
              rowKey={(row) => row.name}
              onRowClick={(row) => router.push(`/data/tables/${encodeURIComponent(row.name)}`)}
              minWidth={300}
            />
          )}
        </>
      )}
    </PageBody>
  );
}
