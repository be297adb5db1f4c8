import type { IrType } from "#lib/ir/schema.ts";

/** A column as INFORMATION_SCHEMA has it. */
export type CatalogueColumn = {
  name: string;
  /** Such as `NUMBER`, in capitals. */
  dataType: string;
  precision: number | null;
  scale: number | null;
  /** Digits of a second that a time or moment has. */
  fraction: number | null;
  nullable: boolean;
};

/** How a column is written: `text` is SQL that gives its text, or NULL. */
export type MappedColumn = { type: IrType; note?: string; text: string; quoted: boolean };

const FINE = "Nanoseconds are cut to microseconds";

/** What a column becomes, and the SQL that writes it. @param q the column, quoted */
export function mapColumn(column: CatalogueColumn, q: string): MappedColumn {
  const written = `${q}::VARCHAR`;
  const plain = (name: IrType["name"], text = written, note?: string): MappedColumn => ({
    ...{ type: { name }, text, quoted: false },
    ...(note && { note }),
  });
  const words = (name: IrType["name"], text: string, note?: string): MappedColumn => ({
    ...plain(name, text, note),
    quoted: true,
  });
  const finer = (column.fraction ?? 9) > 6;
  switch (column.dataType) {
    case "NUMBER":
      return { type: numberType(column), text: written, quoted: false };
    case "FLOAT":
    case "REAL":
      return plain("double", `TO_VARCHAR(${q},'TME')`, "Written by Snowflake as text: 15 digits are certain");
    case "BOOLEAN":
      return plain("boolean");
    case "DATE":
      return plain("date");
    case "TIME":
      return plain("time", written, finer ? FINE : undefined);
    case "TIMESTAMP_NTZ":
      return plain("timestamp", written, finer ? FINE : undefined);
    case "TIMESTAMP_LTZ":
      return plain("timestamptz", written, finer ? FINE : undefined);
    case "TIMESTAMP_TZ":
      return plain(
        "timestamptz",
        written,
        `The moment is kept, the zone in which it was written is not${finer ? `. ${FINE}` : ""}`,
      );
    case "BINARY":
      return plain("binary", `CHR(92)||'x'||HEX_ENCODE(${q})`);
    case "VARIANT":
    case "OBJECT":
    case "ARRAY":
    case "MAP":
      return words("json", `TO_JSON(${q})::VARCHAR`);
    case "GEOGRAPHY":
    case "GEOMETRY":
      return words("string", `ST_ASWKT(${q})`, "Its WKT; the reference system is not kept");
    case "TEXT":
      return words("string", q);
    default:
      return words("string", written, `${column.dataType} as Snowflake writes it as text`);
  }
}

/** Whole numbers of so many digits fit. */
function numberType({ precision, scale }: CatalogueColumn): IrType {
  const digits = precision ?? 38;
  if (scale) return { name: "decimal", precision: digits, scale };
  if (digits <= 4) return { name: "smallint" };
  if (digits <= 9) return { name: "integer" };
  if (digits <= 18) return { name: "bigint" };
  return { name: "decimal", precision: digits, scale: 0 };
}

/** One row as one text: a line of CSV with its line end. */
export function lineSql(columns: readonly MappedColumn[]): string {
  const fields = columns.map(({ text, quoted }) =>
    quoted ? `COALESCE('"'||REPLACE(${text},'"','""')||'"','')` : `COALESCE(${text},'')`,
  );
  return `${fields.join("||','||")}||CHR(10)`;
}
