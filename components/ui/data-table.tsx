"use client";
import { UnstyledButton, VisuallyHidden } from "@mantine/core";
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
import { TableFrame } from "./table-frame.tsx";

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
    <TableFrame label={label} minWidth={minWidth} hover={onRowClick !== undefined}>
      <thead>
        <tr>
          {table.getFlatHeaders().map((header, index) => {
            const column = columns[index];
            const sorted = header.column.getIsSorted();
            return (
              <th
                key={header.id}
                scope="col"
                style={{ width: column?.width }}
                data-align={column?.align}
                data-wide-only={column?.wideOnly || undefined}
                aria-sort={sorted ? (sorted === "asc" ? "ascending" : "descending") : undefined}
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
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>
        {table.getRowModel().rows.map(({ id, original }) => {
          const below = expanded?.(original);
          return (
            <Fragment key={id}>
              <tr
                className={onRowClick ? classes.clickable : undefined}
                onClick={onRowClick ? () => onRowClick(original) : undefined}
              >
                {columns.map((column) => (
                  <td
                    key={column.id}
                    data-column={column.id}
                    data-align={column.align}
                    data-wide-only={column.wideOnly || undefined}
                  >
                    {column.cell(original)}
                  </td>
                ))}
              </tr>
              {below ? (
                <tr className={classes.below}>
                  <td colSpan={columns.length}>{below}</td>
                </tr>
              ) : null}
            </Fragment>
          );
        })}
      </tbody>
    </TableFrame>
  );
}

function SortIcon({ sorted }: { sorted: false | "asc" | "desc" }) {
  if (sorted === "asc") return <IconArrowUp size={12} aria-hidden />;
  if (sorted === "desc") return <IconArrowDown size={12} aria-hidden />;
  return <IconArrowsSort size={12} aria-hidden className={classes.idle} />;
}
