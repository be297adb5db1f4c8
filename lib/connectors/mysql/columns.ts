import type { IrType } from "#lib/ir/schema.ts";

/** A column as the catalogue of the server has it. */
export type CatalogueColumn = {
  name: string;
  /** Such as `int`, in small letters. */
  dataType: string;
  /** Such as `int(10) unsigned zerofill`. */
  columnType: string;
  charset: string | null;
  precision: number | null;
  scale: number | null;
  nullable: boolean;
  /** MariaDB's JSON is text with a check. */
  json: boolean;
  autoIncrement: boolean;
};

/** How a column is written: `text` is SQL that gives its text, `present` SQL that tells whether it has a value. */
export type MappedColumn = {
  type: IrType;
  note?: string;
  text: string;
  present: string;
  /** True where the text may hold anything, and so is quoted in CSV. */
  quoted: boolean;
};

const WHOLE: Record<string, [signed: IrType["name"], unsigned: IrType["name"]]> = {
  tinyint: ["smallint", "smallint"],
  smallint: ["smallint", "integer"],
  mediumint: ["integer", "integer"],
  int: ["integer", "bigint"],
  integer: ["integer", "bigint"],
};
const BINARY = new Set(["binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"]);
const TEXT = new Set(["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"]);
const SHAPES = new Set([
  ...["geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"],
  ...["geometrycollection", "geomcollection"],
]);
const NO_DAY = "Dates without a year, month or day, such as 0000-00-00, become NULL";

/** What a column becomes, and the SQL that writes it. @param q the column, quoted */
export function mapColumn(column: CatalogueColumn, q: string): MappedColumn {
  const { dataType } = column;
  const plain = (type: IrType, text = q, note?: string): MappedColumn => ({
    ...{ type, text, quoted: false, present: `${q} IS NOT NULL` },
    ...(note && { note }),
  });
  const words = (text: string, note?: string, name: IrType["name"] = "string"): MappedColumn => ({
    ...{ type: { name }, text, quoted: true, present: `${q} IS NOT NULL` },
    ...(note && { note }),
  });
  if (column.json) return words(utf8(column, q), undefined, "json");
  if (TEXT.has(dataType)) return words(utf8(column, q));
  if (BINARY.has(dataType)) return plain({ name: "binary" }, `CONCAT('\\\\x',HEX(${q}))`);
  if (SHAPES.has(dataType)) {
    const note = "Its WKB in hexadecimal, which PostGIS reads; the reference system is not kept";
    return words(`HEX(ST_AsBinary(${q}))`, note);
  }
  return number(column, q, plain) ?? moment(dataType, q, plain) ?? rest(column, q, words, plain);
}

type Plain = (type: IrType, text?: string, note?: string) => MappedColumn;

function number(column: CatalogueColumn, q: string, plain: Plain): MappedColumn | undefined {
  const { dataType, columnType } = column;
  const unsigned = /unsigned|zerofill/.test(columnType);
  // Leading zeros belong to how it is shown, not to the number.
  const text = columnType.includes("zerofill") ? `${q}+0` : q;
  const whole = WHOLE[dataType];
  if (whole) {
    const flag = columnType.startsWith("tinyint(1)") && !unsigned;
    const note = flag ? "Also what MySQL calls BOOL; numbers from -128 to 127 are kept" : undefined;
    return plain({ name: whole[unsigned ? 1 : 0] }, text, note);
  }
  switch (dataType) {
    case "bigint":
      return unsigned
        ? plain({ name: "decimal", precision: 20, scale: 0 }, text)
        : plain({ name: "bigint" }, text);
    case "decimal":
    case "numeric": {
      const { precision, scale } = column;
      const fits = precision !== null && scale !== null && precision <= 38;
      if (fits) return plain({ name: "decimal", precision, scale }, text);
      return plain({ name: "string" }, text, `${columnType} has more digits than a decimal here: exact text`);
    }
    // Plain text has 6 digits of a FLOAT; as a sum it is a DOUBLE, which is written with all that it takes.
    case "float":
      return plain({ name: "double" }, `${q}+0e0`);
    case "double":
    case "real":
      return plain({ name: "double" }, `${q}+0e0`);
    case "year":
      return plain({ name: "smallint" }, `${q}+0`);
    case "bit":
      return column.precision === 1
        ? plain({ name: "boolean" }, `IF(${q},'true','false')`)
        : plain({ name: "string" }, `LPAD(BIN(${q}),${column.precision ?? 64},'0')`, "Its bits, as 0 and 1");
  }
  return undefined;
}

function moment(dataType: string, q: string, plain: Plain): MappedColumn | undefined {
  switch (dataType) {
    case "date":
      return { ...plain({ name: "date" }, q, NO_DAY), present: isDay(q, q) };
    case "datetime":
      return { ...plain({ name: "timestamp" }, q, NO_DAY), present: isDay(q, `DATE(${q})`) };
    case "timestamp":
      return {
        ...plain({ name: "timestamptz" }, `CONCAT(${q},'+00')`, NO_DAY),
        present: q,
      };
    case "time":
      return plain({ name: "string" }, q, "As text: a TIME of MySQL goes from -838 to 838 hours");
  }
  return undefined;
}

/**
 * What is no day of the calendar can be stored in some modes, and no other database takes it. Without a month or a day
 * there is no number of days, and the year 0 has the first 366; only late days may be later than their month's last.
 */
const isDay = (q: string, date: string) =>
  `TO_DAYS(${q})>365 AND (DAYOFMONTH(${q})<29 OR ${date}<=LAST_DAY(${q}))`;

function rest(
  column: CatalogueColumn,
  q: string,
  words: (text: string, note?: string, name?: IrType["name"]) => MappedColumn,
  plain: Plain,
): MappedColumn {
  if (column.dataType === "json") return words(`CONVERT(${q} USING utf8mb4)`, undefined, "json");
  if (column.dataType === "uuid") return plain({ name: "uuid" }, `CAST(${q} AS CHAR)`);
  const text = `CAST(${q} AS CHAR CHARACTER SET utf8mb4)`;
  return words(text, `${column.columnType} as the server writes it as text`);
}

const utf8 = ({ charset }: CatalogueColumn, q: string) =>
  charset === "utf8mb4" || charset === null ? q : `CONVERT(${q} USING utf8mb4)`;
