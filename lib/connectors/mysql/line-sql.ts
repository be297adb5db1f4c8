import type { MappedColumn } from "./columns.ts";
import { quoteName } from "./quote.ts";

/** A value as text, or NULL, in a statement of its own. */
export const valueSql = ({ present, text }: MappedColumn): string => `IF(${present},${text},NULL)`;

/**
 * One row as one text: a line of CSV with its line end. It is NULL only where the server could not build it, because
 * it is longer than `max_allowed_packet`: a value that is NULL is told apart from that before anything is made of it.
 */
export function lineSql(columns: readonly LineColumn[]): string {
  return `CONCAT(${columns.map(fieldSql).join(",',',")},'\\n')`;
}

/** A mapped column, and the column itself, quoted. `nullable` is false where a NULL cannot be. */
export type LineColumn = { name: string; nullable: boolean; mapped: MappedColumn };

function fieldSql({ name, nullable, mapped: { present, text, quoted } }: LineColumn): string {
  const q = quoteName(name);
  const written = quoted ? `CONCAT('"',REPLACE(${text},'"','""'),'"')` : text;
  if (present !== `${q} IS NOT NULL`) return `IF(${present},${written},'')`;
  if (!nullable) return written;
  // Only what is the column itself cannot fail for its length: a NULL of it is one of the table.
  return written === q ? `IFNULL(${q},'')` : `IF(${present},${written},'')`;
}
