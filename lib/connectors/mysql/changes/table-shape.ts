import { z } from "zod";
import { DataError } from "../../data-error.ts";
import { catalogueText } from "../catalogue.ts";
import type { MysqlLink } from "../connect-mysql.ts";
import { quoteName } from "../quote.ts";

/** A column as the log needs it: `type` as the catalogue writes it, such as `enum('a','b')`. */
export type FollowedColumn = z.infer<typeof FollowedColumn>;

const FollowedColumn = z.object({ name: z.string(), type: z.string(), charset: z.string().nullable() });

/** All columns of a table in their order, and its primary key: the log's rows have no names in them. */
export type TableShape = z.infer<typeof TableShape>;

const TableShape = z.object({ columns: z.array(FollowedColumn), key: z.array(z.string()) });

/** What else is asked about a table before it is followed. */
export type TableFacts = {
  shape: TableShape;
  /** Columns that rows which were there before them have NULL in. */
  empty: Set<string>;
  kind: string;
  engine: string | null;
  /** Whether a transaction that ends badly leaves no trace in it. */
  transactional: boolean;
  /** Foreign keys that change its rows without a word in the log. */
  cascades: string[];
};

/** A foreign key that changes rows by itself, as the server writes it on a line of its own. */
const SILENT =
  /^ +CONSTRAINT (`(?:[^`]|``)+`|\S+) FOREIGN KEY .* ON (?:DELETE|UPDATE) (?:CASCADE|SET NULL|SET DEFAULT)/gm;

/** @returns undefined if there is no such table, or none that may be read */
export async function readFacts(
  link: MysqlLink,
  database: string,
  table: string,
): Promise<TableFacts | undefined> {
  const here = `TABLE_SCHEMA=${catalogueText(database)} AND TABLE_NAME=${catalogueText(table)}`;
  const [found] = await link.query(
    `SELECT TABLE_TYPE,ENGINE,(SELECT TRANSACTIONS FROM information_schema.ENGINES AS e WHERE e.ENGINE=t.ENGINE) ` +
      `FROM information_schema.TABLES AS t WHERE ${here}`,
  );
  if (!found) return undefined;
  const columns = await link.query(
    "SELECT COLUMN_NAME,COLUMN_TYPE,CHARACTER_SET_NAME,IS_NULLABLE,COLUMN_DEFAULT,EXTRA " +
      `FROM information_schema.COLUMNS WHERE ${here} ORDER BY ORDINAL_POSITION`,
  );
  const key = await link.query(
    `SELECT COLUMN_NAME FROM information_schema.STATISTICS WHERE ${here} AND INDEX_NAME='PRIMARY' ORDER BY SEQ_IN_INDEX`,
  );
  // The catalogue tells the rules of foreign keys only to those who may change the table.
  const named = `${quoteName(database)}.${quoteName(table)}`;
  const [create] = found[0] === "BASE TABLE" ? await link.query(`SHOW CREATE TABLE ${named}`) : [];
  const [kind, engine, transactions] = found;
  return {
    shape: {
      columns: columns.map(([name, type, charset]) => ({
        ...{ name: name ?? "", type: type ?? "", charset: charset ?? null },
      })),
      key: key.map(([name]) => name ?? ""),
    },
    empty: new Set(
      columns
        .filter(([, , , nullable, byDefault, extra]) => {
          const none = byDefault == null || byDefault.toUpperCase() === "NULL";
          return nullable === "YES" && none && !/GENERATED/i.test(extra ?? "");
        })
        .map(([name]) => name ?? ""),
    ),
    ...{ kind: kind ?? "", engine: engine ?? null, transactional: transactions === "YES" },
    cascades: [...(create?.[1] ?? "").matchAll(SILENT)].map(([, name = ""]) => name),
  };
}

export const formatShape = (shape: TableShape): string => JSON.stringify(shape);

/** @throws DataError `table_changed` for what is no shape of ours */
export function parseShape(text: string): TableShape {
  try {
    return TableShape.parse(JSON.parse(text));
  } catch {
    throw tableChanged("nothing is known of how it was");
  }
}

/** @param what for a sentence that begins with "the table" in mind */
export const tableChanged = (what: string): DataError =>
  new DataError(
    "table_changed",
    `The table changed in a way that its log alone cannot be followed by: ${what}.`,
    {
      hint: "Begin the mirror anew: all rows are read once more.",
    },
  );

const same = (a: FollowedColumn, b: FollowedColumn) =>
  a.name === b.name && a.type === b.type && a.charset === b.charset;

/**
 * Passes where only columns came that older rows have NULL in.
 * @throws DataError `table_changed`
 */
export function requireSameShape(before: TableShape, { shape: now, empty }: TableFacts): void {
  if (before.key.join("\n") !== now.key.join("\n")) {
    throw tableChanged(`its primary key was (${before.key.join(", ")}) and is (${now.key.join(", ")})`);
  }
  let next = 0;
  for (const column of now.columns) {
    const known = before.columns[next];
    if (known && same(known, column)) next++;
    else if (!empty.has(column.name) || before.columns.some(({ name }) => name === column.name)) {
      throw tableChanged(`${column.name} is new, moved or of another type (${column.type})`);
    }
  }
  const gone = before.columns[next];
  if (gone) throw tableChanged(`${gone.name} is gone or has moved`);
}
