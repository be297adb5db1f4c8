/** A name in a statement, exactly as it is. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * A name as somebody typed it, as Snowflake keeps it: in capitals, unless it is in double quotes or could not be
 * written without them.
 */
export function storedName(typed: string): string {
  if (/^".*"$/s.test(typed)) return typed.slice(1, -1).replaceAll('""', '"');
  return /^[A-Za-z_][A-Za-z0-9_$]*$/.test(typed) ? typed.toUpperCase() : typed;
}

/** A text in a statement. A backslash begins an escape there, and so is doubled. */
export const quoteText = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
