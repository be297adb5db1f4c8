/** A table of a destination. Without `schema` the destination's default schema is meant. */
export type TableRef = { schema?: string; name: string };

/** Reads `name` or `schema.table` of plain identifiers (letter or `_`, then letters, digits, `_`; 63 at most). */
export function parseTableName(text: string): TableRef | undefined {
  const parts = text.split(".");
  if (parts.length > 2 || !parts.every((part) => /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(part)))
    return undefined;
  const [first = "", second] = parts;
  return second === undefined ? { name: first } : { schema: first, name: second };
}

/** The table as it is written in an IR. */
export function formatTableName(table: TableRef): string {
  return table.schema === undefined ? table.name : `${table.schema}.${table.name}`;
}
