"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { formatNumber } from "#components/ui/format.ts";
import { Cell, cellText, isNumeric } from "./cell.tsx";
import classes from "./row-grid.module.css";

/** Height of a row and width of a character, in pixels, as the stylesheet has them. */
const ROW = 30;
const CHAR = 7.2;
const NUMBER_WIDTH = 64;

type Column = { name: string; type: string };
type Row = Record<string, unknown>;

/** Rows of a table, of which only those in sight are drawn; head and row numbers stay in sight. */
export function RowGrid(props: {
  label: string;
  columns: readonly Column[];
  rows: readonly Row[];
  offset: number;
}) {
  const { label, columns, rows, offset } = props;
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const widths = useMemo(() => columns.map((column) => widthOf(column, rows)), [columns, rows]);
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <section
      ref={frame}
      className={classes.frame}
      data-empty={rows.length === 0 || undefined}
      aria-label={`Rows of ${label}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region has to be reachable by keyboard
      tabIndex={0}
    >
      <table
        className={classes.table}
        style={{ width: NUMBER_WIDTH + widths.reduce((sum, width) => sum + width, 0) }}
        aria-label={label}
        aria-rowcount={rows.length + 1}
      >
        <colgroup>
          <col style={{ width: NUMBER_WIDTH }} />
          {columns.map((column, i) => (
            <col key={column.name} style={{ width: widths[i] }} />
          ))}
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" className={classes.number}>
              Row
            </th>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                className={classes.column}
                data-right={isNumeric(column.type) || undefined}
              >
                <span className={classes.name} title={column.name}>
                  {column.name}
                </span>
                <span className={classes.type}>{column.type}</span>
              </th>
            ))}
            <td aria-hidden />
          </tr>
        </thead>
        <tbody>
          <Gap height={above} span={columns.length + 2} />
          {items.map((item) => (
            <tr key={item.key} className={classes.row} aria-rowindex={item.index + 2}>
              <th scope="row" className={classes.number}>
                {formatNumber(offset + item.index + 1)}
              </th>
              {columns.map((column) => (
                <td
                  key={column.name}
                  className={classes.cell}
                  data-right={isNumeric(column.type) || undefined}
                >
                  <Cell value={rows[item.index]?.[column.name]} />
                </td>
              ))}
              <td aria-hidden />
            </tr>
          ))}
          <Gap height={below} span={columns.length + 2} />
        </tbody>
      </table>
    </section>
  );
}

/** Stands for the rows that are not drawn. */
function Gap({ height, span }: { height: number; span: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={span} style={{ height, padding: 0 }} />
    </tr>
  );
}

/** As wide as its name or its longest value among the first rows, within bounds. */
function widthOf(column: Column, rows: readonly Row[]): number {
  const longest = rows
    .slice(0, 60)
    .reduce((most, row) => Math.max(most, cellText(row[column.name]).length), 0);
  const chars = Math.max(column.name.length + 1, column.type.length, longest, 6);
  return Math.round(Math.min(chars * CHAR + 26, 340));
}
