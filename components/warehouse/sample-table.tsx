import { Table } from "@mantine/core";
import { Cell, isNumeric } from "./cell.tsx";
import classes from "./sample-table.module.css";

/** A few rows with their columns and types, scrolled sideways where they are wide. */
export function SampleTable(props: {
  label: string;
  columns: readonly { name: string; type: string }[];
  rows: readonly Record<string, unknown>[];
}) {
  const { label, columns, rows } = props;
  return (
    <section
      className={classes.frame}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region has to be reachable by keyboard
      tabIndex={0}
    >
      <Table className={classes.table} aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.name} ta={isNumeric(column.type) ? "right" : undefined}>
                {column.name}
                <span className={classes.type}>{column.type}</span>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, i) => (
            <Table.Tr key={i.toString()}>
              {columns.map((column) => (
                <Table.Td key={column.name} ta={isNumeric(column.type) ? "right" : undefined}>
                  <Cell value={row[column.name]} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
