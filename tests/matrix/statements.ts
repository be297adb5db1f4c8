import type { Column, Table, Value } from "./table.ts";

type Dialect = "postgres" | "mysql" | "snowflake";

const TYPES: Record<Dialect, Record<Column["type"], string>> = {
  postgres: {
    ...{ integer: "integer", string: "text", "decimal(12,2)": "numeric(12,2)" },
    ...{ date: "date", timestamptz: "timestamptz", boolean: "boolean" },
  },
  mysql: {
    ...{ integer: "int", string: "longtext character set utf8mb4", "decimal(12,2)": "decimal(12,2)" },
    ...{ date: "date", timestamptz: "timestamp(3) null", boolean: "boolean" },
  },
  snowflake: {
    ...{ integer: "decimal(9,0)", string: "varchar", "decimal(12,2)": "decimal(12,2)" },
    ...{ date: "date", timestamptz: "timestamptz", boolean: "boolean" },
  },
};

/** The statement that makes a table. */
export function createTable(dialect: Dialect, name: string, { columns }: Table): string {
  const quote = dialect === "mysql" ? "`" : '"';
  const list = columns.map((column) => `${quote}${column.name}${quote} ${TYPES[dialect][column.type]}`);
  return `create table ${name} (${list.join(", ")})`;
}

/** The statement that fills it. */
export function insertInto(dialect: Dialect, name: string, { columns, rows }: Table): string {
  const lists = rows.map(
    (row) => `(${row.map((value, at) => literal(dialect, columns[at]?.type, value)).join(", ")})`,
  );
  return `insert into ${name} values ${lists.join(", ")}`;
}

function literal(dialect: Dialect, type: Column["type"] | undefined, value: Value): string {
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (dialect !== "mysql") return `'${value.replaceAll("'", "''")}'`;
  // In MySQL a backslash in a text means something, and a moment is written without its zone.
  if (type === "timestamptz") return `'${value.replace("T", " ").replace("Z", "")}'`;
  return type === "string" ? `convert(x'${Buffer.from(value).toString("hex")}' using utf8mb4)` : `'${value}'`;
}
