import { TableFrame } from "#components/ui/table-frame.tsx";
import type { StreamColumn } from "#lib/connectors/schema.ts";

/** Columns of a stream: as the source has them, and as they will be loaded. */
export function ColumnTable(props: {
  label: string;
  columns: readonly StreamColumn[];
  primaryKey: readonly string[];
}) {
  const { label, columns, primaryKey } = props;
  return (
    <TableFrame label={label}>
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">At the source</th>
          <th scope="col">Loaded as</th>
        </tr>
      </thead>
      <tbody>
        {columns.map(({ name, type, sourceType, nullable }) => (
          <tr key={name}>
            <td style={{ overflowWrap: "anywhere" }}>
              {name}
              {primaryKey.includes(name) ? " (key)" : ""}
            </td>
            <td style={{ overflowWrap: "anywhere" }}>{sourceType ?? "—"}</td>
            <td>
              {type}
              {nullable === false ? ", never NULL" : ""}
            </td>
          </tr>
        ))}
      </tbody>
    </TableFrame>
  );
}
