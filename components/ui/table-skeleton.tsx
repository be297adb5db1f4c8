import { Skeleton, Table } from "@mantine/core";

/** The shape of a table before its rows: same row height, so nothing moves when they come. */
export function TableSkeleton({ columns, rows = 6 }: { columns: readonly string[]; rows?: number }) {
  return (
    <Table.ScrollContainer minWidth={0} aria-busy="true" aria-label="Loading">
      <Table>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column}>{column}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {Array.from({ length: rows }, (_, row) => row).map((row) => (
            <Table.Tr key={row}>
              {columns.map((column, index) => (
                <Table.Td key={column}>
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
