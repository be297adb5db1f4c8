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

/** The statement that makes a table, with its first column as key. */
export function createTable(dialect: Dialect, name: string, { columns }: Table): string {
  const quote = dialect === "mysql" ? "`" : '"';
  const list = columns.map(({ name: column, type }) => `${quote}${column}${quote} ${TYPES[dialect][type]}`);
  const key = `primary key (${quote}${columns[0]?.name}${quote})`;
  return `create table ${name} (${[...list, key].join(", ")})`;
}

/** The statement that fills it. */
export function insertInto(dialect: Dialect, name: string, { columns, rows }: Table): string {
  const lists = rows.map(
    (row) => `(${row.map((value, at) => literal(dialect, columns[at]?.type, value)).join(", ")})`,
  );
  return `insert into ${name} values ${lists.join(", ")}`;
}

/** Statements that make a table hold other rows: those that went are deleted, those that came inserted, others changed. */
export function changeInto(
  dialect: Dialect,
  name: string,
  before: Table["rows"],
  { columns, rows }: Table,
): string[] {
  const quote = dialect === "mysql" ? "`" : '"';
  const known = new Map(before.map((row) => [row[0], JSON.stringify(row)]));
  const gone = before.filter(([id]) => !rows.some(([other]) => other === id));
  const fresh = rows.filter(([id]) => !known.has(id ?? null));
  const changed = rows.filter(
    (row) => known.has(row[0] ?? null) && known.get(row[0] ?? null) !== JSON.stringify(row),
  );
  const set = (row: readonly Value[]) =>
    columns.map(
      ({ name: column, type }, at) =>
        `${quote}${column}${quote} = ${literal(dialect, type, row[at] ?? null)}`,
    );
  return [
    ...gone.map(([id]) => `delete from ${name} where id = ${id}`),
    ...changed.map((row) => `update ${name} set ${set(row).join(", ")} where id = ${row[0]}`),
    ...(fresh.length > 0 ? [insertInto(dialect, name, { columns, rows: fresh })] : []),
  ];
}

function literal(dialect: Dialect, type: Column["type"] | undefined, value: Value): string {
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (dialect !== "mysql") return `'${value.replaceAll("'", "''")}'`;
  // In MySQL a backslash in a text means something, and a moment is written without its zone.
  if (type === "timestamptz") return `'${value.replace("T", " ").replace("Z", "")}'`;
  return type === "string" ? `convert(x'${Buffer.from(value).toString("hex")}' using utf8mb4)` : `'${value}'`;
}
