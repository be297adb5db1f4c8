"use client";
import { Skeleton, Table } from "@mantine/core";
import classes from "./data-table.module.css";

/** The shape of a table before its rows: same row height, so nothing moves when they come. */
export function TableSkeleton({ columns: heads, rows = 6 }: { columns: readonly string[]; rows?: number }) {
  const columns = heads.map((head, index) => ({ head, key: `${index} ${head}`, index }));
  return (
    <Table.ScrollContainer minWidth={0} type="native" aria-busy="true" className={classes.frame}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ head, key }) => (
              <Table.Th key={key} className={classes.head}>
                {head || <Skeleton height={10} width={64} />}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {Array.from({ length: rows }, (_, row) => row).map((row) => (
            <Table.Tr key={row}>
              {columns.map(({ key, index }) => (
                <Table.Td key={key}>
                  <Skeleton height={12} my={4} width={`${[72, 48, 60, 40][(row + index) % 4]}%`} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
