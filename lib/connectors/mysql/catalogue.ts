import type { CatalogueColumn } from "./columns.ts";
import type { MysqlLink } from "./connect-mysql.ts";

/** A table or view by name, before anything is known of it. */
export type NamedTable = { name: string; view: boolean };

/** What is known of one table. */
export type TableDetails = NamedTable & {
  /** Those that the account may read; all of them if it may read none. */
  columns: CatalogueColumn[];
  /** False where a grant lets the account see the table, but read nothing of it. */
  readable: boolean;
  primaryKey: string[];
  rowEstimate: number | null;
  bytes: number | null;
};

/** A name of the catalogue in a statement: its columns are of this character set, and a lookup needs the same. */
export const catalogueText = (name: string) => `_utf8mb3 x'${Buffer.from(name, "utf8").toString("hex")}'`;

type Which = { database: string; filter?: string | undefined };

const within = ({ database, filter }: Which) =>
  `TABLE_SCHEMA=${catalogueText(database)} AND TABLE_TYPE IN ('BASE TABLE','VIEW','SYSTEM VERSIONED')` +
  (filter ? ` AND LOCATE(LOWER(${catalogueText(filter)}),LOWER(TABLE_NAME))>0` : "");

/** The tables and views of a database, in the order of their bytes: no collation takes two of them for one. */
export async function listTables(
  link: MysqlLink,
  which: Which & { after?: string | undefined; limit: number },
): Promise<NamedTable[]> {
  const { after, limit } = which;
  const behind =
    after === undefined ? "" : ` AND CAST(TABLE_NAME AS BINARY)>CAST(${catalogueText(after)} AS BINARY)`;
  const rows = await link.query(
    `SELECT TABLE_NAME,TABLE_TYPE FROM information_schema.TABLES WHERE ${within(which)}${behind} ` +
      `ORDER BY CAST(TABLE_NAME AS BINARY) LIMIT ${limit}`,
  );
  return rows.map(([name, type]) => ({ name: name ?? "", view: type === "VIEW" }));
}

/** How many tables and views there are. */
export async function countTables(link: MysqlLink, which: Which): Promise<number> {
  const rows = await link.query(`SELECT COUNT(*) FROM information_schema.TABLES WHERE ${within(which)}`);
  return Number(rows[0]?.[0] ?? 0);
}

/**
 * What is known of some tables; those that do not exist are left out. Each is looked up by its name: only so MariaDB
 * opens no other table of the catalogue.
 */
export async function describeTables(
  link: MysqlLink,
  database: string,
  names: readonly string[],
): Promise<TableDetails[]> {
  if (names.length === 0) return [];
  const each = (select: string, from: string, and = "") =>
    link.query(
      names
        .map(
          (name) =>
            `(SELECT TABLE_NAME,${select} FROM information_schema.${from} WHERE TABLE_SCHEMA=${catalogueText(database)} ` +
            `AND TABLE_NAME=${catalogueText(name)}${and})`,
        )
        .join(" UNION ALL "),
    );
  const tables = await each("TABLE_TYPE,TABLE_ROWS,DATA_LENGTH", "TABLES");
  const columns = await each(
    "ORDINAL_POSITION,COLUMN_NAME,DATA_TYPE,COLUMN_TYPE,CHARACTER_SET_NAME,NUMERIC_PRECISION,NUMERIC_SCALE," +
      "IS_NULLABLE,EXTRA,PRIVILEGES",
    "COLUMNS",
  );
  const keys = await each("SEQ_IN_INDEX,COLUMN_NAME", "STATISTICS", " AND INDEX_NAME='PRIMARY'");
  const json = link.greeting.mariadb ? await jsonColumns(link, database, names) : new Set<string>();
  return names.flatMap((name) => {
    const table = tables.find((row) => row[0] === name);
    if (!table) return [];
    const [, type, rows, bytes] = table;
    const own = columns.filter((row) => row[0] === name).sort(byNumber);
    const readable = own.filter((row) => row[10]?.includes("select"));
    return {
      ...{ name, view: type === "VIEW", readable: readable.length > 0 },
      // What a view says of NULLs may be wrong where it joins.
      columns: (readable.length > 0 ? readable : own).map((row) => {
        const each = column(row, json.has(`${name}\n${row[2]}`));
        return { ...each, nullable: each.nullable || type === "VIEW" };
      }),
      primaryKey: keys
        .filter((row) => row[0] === name)
        .sort(byNumber)
        .map((row) => row[2] ?? ""),
      rowEstimate: rows === null || rows === undefined ? null : Number(rows),
      bytes: bytes === null || bytes === undefined ? null : Number(bytes),
    };
  });
}

type Row = (string | null)[];

const byNumber = (a: Row, b: Row) => Number(a[1]) - Number(b[1]);

function column(row: Row, json: boolean): CatalogueColumn {
  const [, , name, dataType, columnType, charset, precision, scale, nullable, extra] = row;
  const number = (value: string | null | undefined) => (value == null ? null : Number(value));
  return {
    name: name ?? "",
    dataType: (dataType ?? "").toLowerCase(),
    columnType: (columnType ?? "").toLowerCase(),
    charset: charset ?? null,
    precision: number(precision),
    scale: number(scale),
    nullable: nullable !== "NO",
    json,
    autoIncrement: (extra ?? "").toLowerCase().includes("auto_increment"),
  };
}

/** In MariaDB a JSON column is a LONGTEXT with a check that carries the column's name. */
async function jsonColumns(
  link: MysqlLink,
  database: string,
  names: readonly string[],
): Promise<Set<string>> {
  const wanted = new Set(names);
  const only = names.length === 1 ? ` AND TABLE_NAME=${catalogueText(names[0] ?? "")}` : "";
  const rows = await link.query(
    "SELECT TABLE_NAME,CONSTRAINT_NAME,CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS " +
      `WHERE CONSTRAINT_SCHEMA=${catalogueText(database)} AND CHECK_CLAUSE LIKE 'json\\_valid(%'${only}`,
  );
  return new Set(
    rows
      .filter(([table, name, clause]) => wanted.has(table ?? "") && clause === `json_valid(\`${name}\`)`)
      .map(([table, name]) => `${table}\n${name}`),
  );
}
