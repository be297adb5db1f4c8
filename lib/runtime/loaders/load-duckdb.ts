import { DataError, isDataError } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import { duckdbType, printHook, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { typeOfDuckdb } from "../engines/duckdb/cast.ts";
import { ROW, type TypedColumn } from "../engines/duckdb/chain.ts";
import type { Warehouse } from "../warehouse.ts";
import { type ExistingColumn, fitColumns } from "./fit-columns.ts";
import { loadError } from "./load-error.ts";
import { type LoadCounts, type LoadInput, noCounts } from "./loader.ts";

/** Remembers, in the warehouse itself, which loads were committed. */
export const MARKER_SCHEMA = "_penstock";
/** The table of those marks. */
export const MARKER = `${MARKER_SCHEMA}.loads`;

/**
 * Loads a target's rows into the embedded warehouse in one transaction, with the mark that it happened.
 * Loads into one warehouse come one after another.
 * @throws DataError
 */
export async function loadDuckdb(
  { warehouse }: { warehouse: Warehouse },
  input: LoadInput,
): Promise<LoadCounts> {
  const { signal, step } = input;
  try {
    return await warehouse.exclusively(async () => {
      const session = await warehouse.session();
      const stop = () => session.interrupt();
      signal?.addEventListener("abort", stop, { once: true });
      try {
        signal?.throwIfAborted();
        await session.run("BEGIN TRANSACTION");
        const counts = await load(session, input);
        signal?.throwIfAborted();
        await session.run("COMMIT");
        return counts;
      } catch (error) {
        await session.run("ROLLBACK").catch(() => undefined);
        const known = loadError(error, step.nodeId);
        // The file keeps what a failed load made it grow by; its journal has room again only once that is put in order.
        if (isDataError(known) && known.code === "disk_full")
          await session.run("CHECKPOINT").catch(() => undefined);
        throw known;
      } finally {
        signal?.removeEventListener("abort", stop);
        session.close();
      }
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw loadError(error, step.nodeId);
  }
}

async function load(session: Duckdb, input: LoadInput): Promise<LoadCounts> {
  const { step, runId, rows } = input;
  await session.run(
    `CREATE SCHEMA IF NOT EXISTS ${MARKER_SCHEMA};
     CREATE TABLE IF NOT EXISTS ${MARKER} (run_id VARCHAR, node_id VARCHAR, table_name VARCHAR, counts JSON, loaded_at TIMESTAMPTZ)`,
  );
  const [done] = await session.rows<{ counts: string }>(
    `SELECT CAST(counts AS VARCHAR) AS counts FROM ${MARKER} WHERE run_id = ${sqlLiteral(runId)} AND node_id = ${sqlLiteral(step.nodeId)}`,
  );
  if (done) return { ...noCounts(), ...(JSON.parse(done.counts) as Partial<LoadCounts>), already: true };
  const schema = step.table.schema ?? "main";
  const table = `${sqlIdentifier(schema)}.${sqlIdentifier(step.table.name)}`;
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${sqlIdentifier(schema)}`);
  if (step.preHook) await session.run(printHook(step.preHook));
  await prepareTable(session, schema, step.table.name, rows.columns, step.schemaEvolution);
  const counts = noCounts();
  const names = columnList(rows.columns);
  const insertAll = `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${rows.from()}`;
  if (step.loadMode === "append") counts.in = counts.inserted = await session.run(insertAll);
  else if (step.loadMode === "truncate") {
    await session.run(`DELETE FROM ${table}`);
    counts.in = counts.inserted = await session.run(insertAll);
    if (counts.in === 0 && !step.allowEmpty)
      throw new DataError("empty_load", "There are 0 rows: the table was not emptied", {
        hint: 'Set "allowEmpty" if no rows are all right',
      });
  } else if (step.loadMode === "upsert") await upsert(session, table, input, counts);
  else throw new DataError("not_executable", `The load mode ${step.loadMode} cannot be run yet`);
  if (step.postHook) await session.run(printHook(step.postHook));
  const values = [runId, step.nodeId, `${schema}.${step.table.name}`, JSON.stringify(counts)]
    .map(sqlLiteral)
    .join(", ");
  await session.run(`INSERT INTO ${MARKER} VALUES (${values}, now())`);
  return counts;
}

const columnList = (columns: readonly TypedColumn[]) =>
  columns.map(({ name }) => sqlIdentifier(name)).join(", ");

async function prepareTable(
  session: Duckdb,
  schema: string,
  name: string,
  columns: readonly TypedColumn[],
  evolution: "evolve" | "freeze",
): Promise<void> {
  const table = `${sqlIdentifier(schema)}.${sqlIdentifier(name)}`;
  const found = await session.rows<{ name: string; written: string }>(
    `SELECT column_name AS name, data_type AS written FROM information_schema.columns
     WHERE table_schema = ${sqlLiteral(schema)} AND table_name = ${sqlLiteral(name)}`,
  );
  if (found.length === 0) {
    const list = columns.map((column) => `${sqlIdentifier(column.name)} ${duckdbType(column.type)}`);
    await session.run(`CREATE TABLE ${table} (${list.join(", ")})`);
    return;
  }
  const existing = found.map(({ name: column, written }): ExistingColumn => {
    const { type, convert } = typeOfDuckdb(written);
    return { name: column, written, type: convert ? undefined : type };
  });
  const { add, widen } = fitColumns(`${schema}.${name}`, existing, columns, evolution);
  for (const column of add)
    await session.run(
      `ALTER TABLE ${table} ADD COLUMN ${sqlIdentifier(column.name)} ${duckdbType(column.type)}`,
    );
  for (const column of widen)
    await session.run(
      `ALTER TABLE ${table} ALTER COLUMN ${sqlIdentifier(column.name)} TYPE ${duckdbType(column.type)}`,
    );
}

async function upsert(
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
