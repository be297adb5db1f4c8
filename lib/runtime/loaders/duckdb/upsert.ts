import { DataError } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import { sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { ROW } from "../../engines/duckdb/chain.ts";
import type { LoadCounts, LoadInput } from "../loader.ts";
import { columnList, qualified } from "./insert-all.ts";

const STAGE = "_penstock_stage";
const LAST = "_penstock_last";

/** Inserts or updates by the key; of rows with one key the last counts. @throws DataError `null_key` */
export async function upsert(
  session: Duckdb,
  schema: string,
  { step, rows }: LoadInput,
  counts: LoadCounts,
): Promise<void> {
  const table = qualified(schema, step.table.name);
  const keys = step.upsertKey.map(sqlIdentifier);
  const names = columnList(rows.columns);
  // Rows without numbers of their own (all 0) are told apart by their place in the stage: it keeps the order of arrival.
  await session.run(`CREATE OR REPLACE TEMP TABLE ${STAGE} AS SELECT ${names}, ${ROW} FROM ${rows.from()}`);
  const one = async (sql: string) => Number((await session.rows<{ n: unknown }>(sql))[0]?.n ?? 0);
  const countOf = (from: string) => one(`SELECT count(*) AS n FROM ${from}`);
  const missing = keys.map((key) => `${key} IS NULL`).join(" OR ");
  counts.in = await countOf(STAGE);
  const nulls = await countOf(`${STAGE} WHERE ${missing}`);
  if (nulls > 0)
    throw new DataError("null_key", `${nulls} rows have no value in the key ${step.upsertKey.join(", ")}`, {
      hint: "Add a not_null rule before the target",
    });
  // Numbered, not grouped: half the time. Keys that ascend, as most exports have them, come once: a tenth of that.
  const key = keys.length > 1 ? `(${keys.join(", ")})` : keys[0];
  const back = `(SELECT 1 FROM (SELECT ${key} > lag(${key}) OVER () AS up FROM ${STAGE}) WHERE NOT up LIMIT 1)`;
  const ascending = (await countOf(back)) === 0;
  counts.deduplicated = ascending
    ? 0
    : await countOf(
        `(SELECT row_number() OVER (PARTITION BY ${keys.join(", ")}) AS n FROM ${STAGE}) WHERE n > 1`,
      );
  if (counts.deduplicated > 0)
    await session.run(
      `CREATE OR REPLACE TEMP TABLE ${LAST} AS SELECT ${names} FROM ${STAGE}
       QUALIFY row_number() OVER (PARTITION BY ${keys.join(", ")} ORDER BY ${ROW} DESC, rowid DESC) = 1`,
    );
  const from = counts.deduplicated > 0 ? LAST : STAGE;
  const match = keys.map((key) => `t.${key} = s.${key}`).join(" AND ");
  const values = rows.columns
    .filter(({ name }) => !step.upsertKey.includes(name))
    .map(({ name }) => sqlIdentifier(name));
  const differs = values.map((value) => `t.${value} IS DISTINCT FROM s.${value}`).join(" OR ");
  // A key may be there twice: both rows are brought up to date, counted as one.
  const unique = await isUnique(session, schema, step.table.name, step.upsertKey);
  if (!unique && values.length > 0)
    counts.updated = await countOf(
      `${from} s WHERE EXISTS (SELECT 1 FROM ${table} t WHERE ${match} AND (${differs}))`,
    );
  const before = await countOf(table);
  const set = values.map((value) => `${value} = s.${value}`).join(", ");
  const written = await session.run(
    `MERGE INTO ${table} AS t USING ${from} AS s ON ${match}
     ${values.length > 0 ? `WHEN MATCHED AND (${differs}) THEN UPDATE SET ${set}` : ""}
     WHEN NOT MATCHED THEN INSERT (${names}) VALUES (${rows.columns.map(({ name }) => `s.${sqlIdentifier(name)}`).join(", ")})`,
  );
  counts.inserted = (await countOf(table)) - before;
  if (unique) counts.updated = written - counts.inserted;
  counts.unchanged = counts.in - counts.deduplicated - counts.inserted - counts.updated;
  await session.run(`DROP TABLE ${STAGE}; DROP TABLE IF EXISTS ${LAST}`);
}

/** True if the table lets no two rows have one key. */
async function isUnique(
  session: Duckdb,
  schema: string,
  name: string,
  key: readonly string[],
): Promise<boolean> {
  const found = await session.rows<{ columns: string }>(
    `SELECT CAST(to_json(constraint_column_names) AS VARCHAR) AS columns FROM duckdb_constraints()
     WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND database_name = current_database()
     AND schema_name = ${sqlLiteral(schema)} AND table_name = ${sqlLiteral(name)}`,
  );
  return found.some(({ columns }) => {
    const unique = JSON.parse(columns) as string[];
    return unique.length === key.length && unique.every((column) => key.includes(column));
  });
}
