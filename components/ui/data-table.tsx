"use client";
import { Table, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { Fragment, type ReactNode, useMemo } from "react";
import classes from "./data-table.module.css";

/** One column: its head, what stands in a cell, and the value it sorts by if it can be sorted. */
export type DataColumn<Row> = {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  align?: "left" | "right";
  /** Any CSS width. */
  width?: string;
  sortBy?: (row: Row) => string | number;
  /** The head is for screen readers only. */
  hideHeader?: boolean;
  /** Left out on narrow screens. */
  wideOnly?: boolean;
};

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/**
 * A table of our look: sortable where columns say so, a row may lead somewhere or unfold.
 * Give stable `columns` (module scope or memo). `label` names the table for those who do not see it.
 */
export function DataTable<Row extends object>({
  label,
  columns,
  rows,
  rowKey,
  onRowClick,
  expanded,
  minWidth = 560,
}: {
  label: string;
  columns: readonly DataColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** A mouse shortcut only: put a link or a button into a cell for everyone else. */
  onRowClick?: (row: Row) => void;
  /** What unfolds under a row; nothing when it is undefined or null. */
  expanded?: (row: Row) => ReactNode;
  minWidth?: number;
}) {
  const definitions = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<typeof features, Row> => ({
          id: column.id,
          header: column.header,
          accessorFn: column.sortBy ?? (() => 0),
          enableSorting: column.sortBy !== undefined,
          sortFn: "auto",
        }),
      ),
    [columns],
  );
  const table = useTable({ features, columns: definitions, data: rows, getRowId: rowKey });
  return (
    <Table.ScrollContainer minWidth={minWidth} type="native" className={classes.frame}>
      <Table aria-label={label} highlightOnHover={onRowClick !== undefined}>
        <Table.Thead>
          <Table.Tr>
            {table.getFlatHeaders().map((header, index) => {
              const column = columns[index];
              const sorted = header.column.getIsSorted();
              return (
                <Table.Th
                  key={header.id}
                  w={column?.width}
                  ta={column?.align}
                  visibleFrom={column?.wideOnly ? "sm" : undefined}
                  aria-sort={sorted ? (sorted === "asc" ? "ascending" : "descending") : undefined}
                  className={classes.head}
                >
                  {column?.sortBy ? (
                    <UnstyledButton
                      className={classes.sort}
                      onClick={header.column.getToggleSortingHandler()}
                      data-sorted={sorted || undefined}
                    >
                      {column.header}
                      <SortIcon sorted={sorted} />
                    </UnstyledButton>
                  ) : column?.hideHeader ? (
                    <VisuallyHidden>{column.header}</VisuallyHidden>
                  ) : (
                    column?.header
                  )}
                </Table.Th>
              );
            })}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {table.getRowModel().rows.map(({ id, original }) => {
            const below = expanded?.(original);
            return (
              <Fragment key={id}>
                <Table.Tr
                  className={onRowClick ? classes.clickable : undefined}
                  onClick={onRowClick ? () => onRowClick(original) : undefined}
                >
                  {columns.map((column) => (
                    <Table.Td
                      key={column.id}
                      ta={column.align}
                      visibleFrom={column.wideOnly ? "sm" : undefined}
                    >
                      {column.cell(original)}
                    </Table.Td>
                  ))}
                </Table.Tr>
                {below ? (
                  <Table.Tr className={classes.below}>
                    <Table.Td colSpan={columns.length}>{below}</Table.Td>
                  </Table.Tr>
                ) : null}
              </Fragment>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function SortIcon({ sorted }: { sorted: false | "asc" | "desc" }) {
  if (sorted === "asc") return <IconArrowUp size={12} aria-hidden />;
  if (sorted === "desc") return <IconArrowDown size={12} aria-hidden />;
  return <IconArrowsSort size={12} aria-hidden className={classes.idle} />;
}
