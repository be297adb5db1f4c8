"use client";
import { Button, Group, Stack, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import type { Pagination } from "#lib/pipelines/schema.ts";
import { type DataColumn, DataTable } from "./data-table.tsx";
import { EmptyState } from "./empty-state.tsx";
import { ErrorState } from "./error-state.tsx";
import { Pager } from "./pager.tsx";
import { SearchBox } from "./search-box.tsx";
import { TableSkeleton } from "./table-skeleton.tsx";
import type { ListSearch } from "./use-list-search.ts";

type Listed<Row> = UseQueryResult<{ data: Row[]; pagination: Pagination }>;

/** True once it is known that there is nothing to list, whatever it is narrowed to. */
export const hasNothing = (list: Listed<object>, narrowed: boolean): boolean =>
  !narrowed && list.isSuccess && !list.isPlaceholderData && list.data.pagination.total === 0;

/**
 * A list that the server pages: what narrows it, then its rows and the pager, or in their place that it loads, that it
 * failed, or that nothing matches. `empty` stands alone where there is nothing at all.
 */
export function PagedList<Row extends object>({
  list,
  noun,
  columns,
  rowKey,
  hrefOf,
  empty,
  narrowed,
  controls,
  noMatch,
}: {
  list: Listed<Row>;
  /** What a row is called. */
  noun: [one: string, many: string];
  columns: readonly DataColumn<Row>[];
  rowKey: (row: Row) => string;
  /** Where a row leads; a cell of it has the link for those without a mouse. */
  hrefOf: (row: Row) => string;
  empty: ReactNode;
  /** Whether `controls` leave some rows out. */
  narrowed: boolean;
  controls: ReactNode;
  /** Stands in place of the rows where `narrowed` leaves none. */
  noMatch: ReactNode;
}) {
  if (hasNothing(list, narrowed)) return empty;
  return (
    <Stack gap="sm">
      <Group>{controls}</Group>
      <Rows {...{ list, noun, columns, rowKey, hrefOf, noMatch }} />
    </Stack>
  );
}

function Rows<Row extends object>({
  list,
  noun,
  columns,
  rowKey,
  hrefOf,
  noMatch,
}: Pick<
  Parameters<typeof PagedList<Row>>[0],
  "list" | "noun" | "columns" | "rowKey" | "hrefOf" | "noMatch"
>) {
  const router = useRouter();
  const many = noun[1];
  if (list.isError) {
    return (
      <ErrorState
        title={`The ${many} could not be loaded`}
        error={list.error}
        onRetry={() => list.refetch()}
      />
    );
  }
  const none = list.data?.data.length === 0;
  if (!list.data || (none && list.isPlaceholderData))
    return <TableSkeleton columns={columns.map((column) => column.header)} />;
  const { data: rows, pagination } = list.data;
  if (none && pagination.total === 0) return noMatch;
  return (
    <>
      {none ? (
        <Text c="dimmed">Nothing is left on this page.</Text>
      ) : (
        <DataTable
          label={`${many.charAt(0).toUpperCase()}${many.slice(1)}`}
          columns={columns}
          rows={rows}
          rowKey={rowKey}
          onRowClick={(row) => router.push(hrefOf(row))}
          minWidth={300}
        />
      )}
      <Pager page={pagination} noun={noun} />
    </>
  );
}

/** {@link PagedList} with a search box; `looksAt` says in words what the search compares. */
export function SearchedList<Row extends object>({
  search,
  placeholder,
  looksAt,
  ...list
}: Omit<Parameters<typeof PagedList<Row>>[0], "narrowed" | "controls" | "noMatch"> & {
  search: ListSearch;
  placeholder: string;
  looksAt: string;
}) {
  const { filter, text, type, clear } = search;
  return (
    <PagedList
      {...list}
      narrowed={filter.q !== undefined}
      controls={
        <SearchBox label={`Search ${list.noun[1]}`} placeholder={placeholder} text={text} onType={type} />
      }
      noMatch={
        <EmptyState
          title={`Nothing is called “${filter.q}”`}
          description={`The search looks at ${looksAt}.`}
          action={
            <Button variant="default" onClick={clear}>
              Clear the search
            </Button>
          }
        />
      }
    />
  );
}
