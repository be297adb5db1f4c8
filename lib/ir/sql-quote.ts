/**
 * A name as a quoted SQL identifier, for DuckDB and PostgreSQL alike. The one place where identifiers are quoted.
 * @throws RangeError for an empty name or one with a NUL character, which no engine can hold.
 */
export function sqlIdentifier(name: string): string {
  if (name === "" || name.includes("\0"))
    throw new RangeError("an identifier must be non-empty and without NUL");
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A value as a SQL literal, for DuckDB and PostgreSQL (standard_conforming_strings on) alike. The one place where
 * literals are quoted. Negative numbers come in parentheses, so that `a-${literal}` never becomes a comment.
 * @throws RangeError for NUL characters and for numbers that are not finite.
 */
export function sqlLiteral(value: string | number | bigint | boolean | null): string {
  if (value === null) return "NULL";
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (typeof value === "string") {
    if (value.includes("\0")) throw new RangeError("a text literal must be without NUL");
    return `'${value.replaceAll("'", "''")}'`;
  }
  if (typeof value === "number" && !Number.isFinite(value))
    throw new RangeError("a number literal must be finite");
  return value < 0 ? `(${value})` : String(value);
}
