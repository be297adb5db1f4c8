import { DataError } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import { sqlIdentifier } from "#lib/ir/index.ts";
import { ROW } from "../../engines/duckdb/chain.ts";
import type { LoadCounts, LoadInput } from "../loader.ts";
import { columnList } from "./insert-all.ts";

/** Inserts or updates by the key; of rows with one key the last counts. @throws DataError `null_key` */
export async function upsert(
  session: Duckdb,
  table: string,
  { step, rows }: LoadInput,
  counts: LoadCounts,
): Promise<void> {
  const keys = step.upsertKey.map(sqlIdentifier);
  const names = columnList(rows.columns);
  counts.in = await session.run(
    `CREATE OR REPLACE TEMP TABLE _penstock_stage AS SELECT ${names}, ${ROW} FROM ${rows.from()}`,
  );
  const one = async (sql: string) => Number((await session.rows<{ n: unknown }>(sql))[0]?.n ?? 0);
  counts.in = await one("SELECT count(*) AS n FROM _penstock_stage");
  const nulls = await one(
    `SELECT count(*) AS n FROM _penstock_stage WHERE ${keys.map((key) => `${key} IS NULL`).join(" OR ")}`,
  );
  if (nulls > 0)
    throw new DataError("null_key", `${nulls} rows have no value in the key ${step.upsertKey.join(", ")}`, {
      hint: "Add a not_null rule before the target",
    });
  await session.run(
    `CREATE OR REPLACE TEMP TABLE _penstock_last AS SELECT ${names} FROM _penstock_stage
     QUALIFY row_number() OVER (PARTITION BY ${keys.join(", ")} ORDER BY ${ROW} DESC) = 1`,
  );
  counts.deduplicated = counts.in - (await one("SELECT count(*) AS n FROM _penstock_last"));
  const match = keys.map((key) => `t.${key} = s.${key}`).join(" AND ");
  const values = rows.columns
    .filter(({ name }) => !step.upsertKey.includes(name))
    .map(({ name }) => sqlIdentifier(name));
  if (values.length > 0) {
    const differs = values.map((v) => `t.${v} IS DISTINCT FROM s.${v}`).join(" OR ");
    counts.updated = await one(
      `SELECT count(*) AS n FROM _penstock_last s WHERE EXISTS (SELECT 1 FROM ${table} t WHERE ${match} AND (${differs}))`,
    );
    if (counts.updated > 0)
      await session.run(
        `UPDATE ${table} AS t SET ${values.map((v) => `${v} = s.${v}`).join(", ")} FROM _penstock_last s WHERE ${match} AND (${differs})`,
      );
  }
  counts.inserted = await one(
    `SELECT count(*) AS n FROM _penstock_last s WHERE NOT EXISTS (SELECT 1 FROM ${table} t WHERE ${match})`,
  );
  await session.run(
    `INSERT INTO ${table} (${names}) SELECT ${names} FROM _penstock_last s WHERE NOT EXISTS (SELECT 1 FROM ${table} t WHERE ${match})`,
  );
  counts.unchanged = counts.in - counts.deduplicated - counts.inserted - counts.updated;
  await session.run("DROP TABLE _penstock_stage; DROP TABLE _penstock_last");
}
