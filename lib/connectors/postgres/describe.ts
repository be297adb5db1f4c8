import { sqlIdentifier } from "#lib/ir/index.ts";
import type { IrType } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { DataError } from "../data-error.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";
import {
  CATALOGUE_QUERY,
  type CatalogueColumn,
  type CataloguePage,
  type CatalogueQuestion,
  type CatalogueTable,
} from "./catalogue-query.ts";
import type { Session } from "./session.ts";
import { mapType, type SourceType } from "./types.ts";

/** A column that can be read, with the expression that reads it. */
export type TableColumn = {
  name: string;
  /** As PostgreSQL writes its type, size included. */
  written: string;
  /** The same without a size: what a literal is cast to, so that it is compared as it is. */
  plain: string;
  nullable: boolean;
  type: IrType;
  /** Domains followed down to what they are made of. */
  source: SourceType;
  note?: string;
  /** Counts up by itself: an identity, or filled by a sequence. */
  counts: boolean;
  /** The value as `postgresType(type)`. */
  expression: string;
};

/** A table that was found. */
export type DescribedTable = Omit<CatalogueTable, "columns"> & {
  /** Quoted, ready for a statement. */
  sql: string;
  columns: TableColumn[];
  /** Columns that are there but may not be read. */
  hidden: string[];
  bytes: number;
};

/** A page of the catalogue with its types mapped. */
export type DescribedPage = { total: number; tables: DescribedTable[] };

/** Asks for one page of the catalogue: one question, one answer. */
export async function describePage(session: Session, question: CatalogueQuestion): Promise<DescribedPage> {
  const { rows } = await session.client.query<CataloguePage>(CATALOGUE_QUERY, question);
  const { total, moneyScale, blockSize, tables } = rows[0] as CataloguePage;
  const column = (found: CatalogueColumn): TableColumn => {
    const { name, written, plain, nullable, counts, type, system, kind, array, modifier } = found;
    const source: SourceType = { name: type, system, kind, array, modifier };
    const mapped = mapType(source, { moneyScale });
    const expression = mapped.read(sqlIdentifier(name));
    return {
      name,
      written,
      plain,
      nullable,
      counts,
      type: mapped.type,
      source,
      ...(mapped.note && { note: mapped.note }),
      expression,
    };
  };
  return {
    total,
    tables: tables.map((table) => ({
      ...table,
      sql: `${sqlIdentifier(table.schema)}.${sqlIdentifier(table.name)}`,
      columns: table.columns.filter(({ readable }) => readable).map(column),
      hidden: table.columns.filter(({ readable }) => !readable).map(({ name }) => name),
      bytes: table.pages * blockSize,
    })),
  };
}

/**
 * One table by its name, `schema.table`; without a schema the one of the configuration, or `public`.
 * @throws DataError `stream_not_found`, `no_select`
 */
export async function describeTable(
  session: Session,
  { schema, username }: PostgresSourceConfig,
  name: string,
): Promise<DescribedTable> {
  const names = name.includes(".") ? [name] : [`${schema ?? "public"}.${name}`];
  const { tables } = await describePage(session, [null, null, names, null, limits.discoverPage]);
  const table = tables.find(({ readable }) => readable) ?? tables[0];
  if (!table)
    throw new DataError(
      "stream_not_found",
      `There is no table ${names[0]} at the source, or ${username} may not see it.`,
    );
  if (!table.readable)
    throw new DataError(
      "no_select",
      `${username} may not read ${name}. Missing: ${grantOf(table, username)}`,
      {
        hint: grantOf(table, username),
      },
    );
  return table;
}

/** What would let the user read a table. */
export function grantOf({ schema, sql }: Pick<DescribedTable, "schema" | "sql">, username: string): string {
  const user = sqlIdentifier(username);
  return `GRANT USAGE ON SCHEMA ${sqlIdentifier(schema)} TO ${user}; GRANT SELECT ON ${sql} TO ${user}`;
}
