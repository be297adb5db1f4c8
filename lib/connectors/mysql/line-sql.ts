import type { MappedColumn } from "./columns.ts";

/** A value as text, or NULL, in a statement of its own. */
export const valueSql = ({ present, text }: MappedColumn): string => `IF(${present},${text},NULL)`;

/**
 * One row as one text: a line of CSV with its line end. It is NULL only where the server could not build it, because
 * it is longer than `max_allowed_packet`: a value that is NULL is told apart from that before anything is made of it.
 */
export function lineSql(columns: readonly MappedColumn[]): string {
  const fields = columns.map(({ present, text, quoted }) =>
    quoted ? `IF(${present},CONCAT('"',REPLACE(${text},'"','""'),'"'),'')` : `IF(${present},${text},'')`,
  );
  return `CONCAT(${fields.join(",',',")},'\\n')`;
}
