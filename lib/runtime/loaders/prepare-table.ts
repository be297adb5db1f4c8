import type pg from "pg";
import { parseIrType, postgresType, sqlIdentifier } from "#lib/ir/index.ts";
import type { RunWarning } from "#lib/runs/schema.ts";
import type { TypedColumn } from "../engines/duckdb/chain.ts";
import { type ExistingColumn, fitColumns } from "./fit-columns.ts";
import type { LoadRequest } from "./loader.ts";

/**
 * Makes the table fit the rows.
 * @param known what the table is called in errors.
 * @returns whether it was made, whether its columns then have exactly the rows' types, and what was changed in words.
 */
export async function prepareTable(
  client: pg.Client,
  schema: string,
  name: string,
  columns: readonly TypedColumn[],
  step: LoadRequest["step"],
  known = name,
): Promise<{ made: boolean; alike: boolean; said: RunWarning[] }> {
  const { loadMode, upsertKey } = step;
  const table = `${sqlIdentifier(schema)}.${sqlIdentifier(name)}`;
  const { rows } = await client.query<Omit<ExistingColumn, "type">>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as written, a.atthasdef or a.attidentity <> '' as filled
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped`,
    [schema, name],
  );
  if (rows.length === 0) {
    const list = columns.map((column) => `${sqlIdentifier(column.name)} ${postgresType(column.type)}`);
    if (loadMode === "upsert") list.push(`primary key (${upsertKey.map(sqlIdentifier).join(", ")})`);
    await client.query(`create table ${table} (${list.join(", ")})`);
    return { made: true, alike: true, said: [] };
  }
  const existing = rows.map(({ name, written, filled }): ExistingColumn => {
    const parsed = parseIrType(written);
    return { name, written, filled, type: parsed.ok ? parsed.type : undefined };
  });
  const { add, widen, said } = fitColumns(`${schema}.${known}`, existing, columns, step);
  for (const column of add)
    await client.query(
      `alter table ${table} add column ${sqlIdentifier(column.name)} ${postgresType(column.type)}`,
    );
  for (const column of widen)
    await client.query(
      `alter table ${table} alter column ${sqlIdentifier(column.name)} type ${postgresType(column.type)}`,
    );
  const exact = new Map(existing.map(({ name, written }) => [name, written]));
  for (const { name, type } of [...add, ...widen]) exact.set(name, writtenType(type));
  const alike = columns.every(({ name, type }) => exact.get(name) === writtenType(type));
  return { made: false, alike, said };
}

const WRITTEN: Partial<Record<TypedColumn["type"]["name"], string>> = {
  time: "time without time zone",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
};

/** A type as the catalogue writes it out. */
const writtenType = (type: TypedColumn["type"]) => WRITTEN[type.name] ?? postgresType(type);
