"use client";
import { Skeleton } from "@mantine/core";
import { TableFrame } from "./table-frame.tsx";

/** The shape of a table before its rows: same row height, so nothing moves when they come. */
export function TableSkeleton({ columns: heads, rows = 6 }: { columns: readonly string[]; rows?: number }) {
  const columns = heads.map((head, index) => ({ head, key: `${index} ${head}`, index }));
  return (
    <TableFrame busy>
      <thead>
        <tr>
          {columns.map(({ head, key }) => (
            <th key={key}>{head || <Skeleton height={10} width={64} />}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: rows }, (_, row) => row).map((row) => (
          <tr key={row}>
            {columns.map(({ key, index }) => (
              <td key={key}>
                <Skeleton height={12} my={4} width={`${[72, 48, 60, 40][(row + index) % 4]}%`} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </TableFrame>
  );
}
