import type pg from "pg";
import { DataError } from "#lib/connectors/index.ts";
import { sqlIdentifier } from "#lib/ir/index.ts";
import { copyIn } from "./copy-in.ts";
import type { LoadCounts, LoadInput } from "./loader.ts";
import { prepareTable } from "./prepare-table.ts";
import { type Likeness, likenessOf } from "./table-likeness.ts";
import { tiesOf } from "./table-ties.ts";

/** What a table is called while it is filled; nobody else may use names that end so. */
export const nextOf = (name: string) => `${name}__next`;

/**
 * Fills a new table that is made like the target's, and puts it in that one's place, in the transaction that is open:
 * whoever reads finds the old table until that is committed, and the new one from then on. What an earlier load left
 * under the new table's name is cleared away.
 * @returns how many rows the table then has.
 * @throws DataError `empty_load`, `table_tied`
 */
export async function replaceTable(
  client: pg.Client,
  schema: string,
  input: LoadInput,
  counts: Pick<LoadCounts, "warnings">,
): Promise<number> {
  const { step, rows } = input;
  const { name } = step.table;
  const [table, next] = [name, nextOf(name)].map((each) => `${sqlIdentifier(schema)}.${sqlIdentifier(each)}`);
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`penstock swap ${table}`]);
  await client.query(`drop table if exists ${next}`);
  const oid = await oidOf(client, schema, name);
  const likeness =
    oid === undefined ? undefined : await makeAlike(client, { schema, name, table, next, oid });
  const { alike, said } = await prepareTable(client, schema, nextOf(name), rows.columns, step, name);
  counts.warnings = said;
  const loaded = await copyIn(client, `${next}`, input, alike, true);
  if (loaded === 0)
    throw new DataError("empty_load", "There are 0 rows: the table was not replaced", {
      hint: 'Use loadMode "truncate" with "allowEmpty" if no rows are all right',
    });
  await runAll(client, likeness?.loaded);
  if (oid !== undefined) await dropOld(client, `${schema}.${name}`, `${table}`, oid);
  await client.query(`alter table ${next} rename to ${sqlIdentifier(name)}`);
  await runAll(client, likeness?.swapped);
  return loaded;
}

async function oidOf(client: pg.Client, schema: string, name: string): Promise<string | undefined> {
  const { rows } = await client.query<{ oid: string }>(
    `select c.oid::text as oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2`,
    [schema, name],
  );
  return rows[0]?.oid;
}

type Pair = { schema: string; name: string; table?: string; next?: string; oid: string };

async function makeAlike(client: pg.Client, { schema, name, table, next, oid }: Pair): Promise<Likeness> {
  await refuseTies(client, `${schema}.${name}`, oid);
  // From here on nobody changes the table's columns, keys or indexes; reading and writing go on.
  await client.query(`lock table ${table} in share update exclusive mode`);
  const { rows } = await client.query<{ kept: string }>(
    "select case relpersistence when 'u' then 'unlogged ' else '' end as kept from pg_class where oid = $1",
    [oid],
  );
  await client.query(`create ${rows[0]?.kept ?? ""}table ${next} (like ${table} including all)`);
  const likeness = await likenessOf(client, oid, (await oidOf(client, schema, nextOf(name))) ?? "");
  await runAll(client, likeness.made);
  return likeness;
}

async function refuseTies(client: pg.Client, known: string, oid: string): Promise<void> {
  const ties = await tiesOf(client, oid);
  if (ties.length === 0) return;
  throw new DataError("table_tied", `Table ${known} cannot be replaced: ${ties.join(", ")}`, {
    hint: 'Drop what is named, or use loadMode "truncate", which keeps the table and all that hangs on it',
  });
}

/** What came to depend on the table since the load began keeps it from being dropped. */
async function dropOld(client: pg.Client, known: string, table: string, oid: string): Promise<void> {
  await client.query(`lock table ${table} in access exclusive mode`);
  await refuseTies(client, known, oid);
  await client.query(`drop table ${table}`);
}

async function runAll(client: pg.Client, statements: readonly string[] = []): Promise<void> {
  for (const statement of statements) await client.query(statement);
}
