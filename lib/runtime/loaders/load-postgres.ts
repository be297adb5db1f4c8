import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { DataError } from "#lib/connectors/index.ts";
import { parseIrType, postgresType, printHook, sqlIdentifier } from "#lib/ir/index.ts";
import type { TypedColumn } from "../engines/duckdb/chain.ts";
import { type ExistingColumn, fitColumns } from "./fit-columns.ts";
import { loadError } from "./load-error.ts";
import { type LoadCounts, type LoadDestination, type LoadInput, noCounts } from "./loader.ts";

/** Remembers, in the destination itself, which loads were committed. */
export const MARKER_TABLE = "_penstock_loads";
const STAGE = "pg_temp._penstock_stage";
const KEEP_MARKS = "90 days";

/**
 * Loads a target's rows into PostgreSQL in one transaction, with the mark that it happened: a run that begins again
 * after its worker died finds the mark and does not load twice.
 * @throws DataError
 */
export async function loadPostgres(
  destination: Extract<LoadDestination, { kind: "postgres" }>,
  input: LoadInput,
): Promise<LoadCounts> {
  const { signal, step } = input;
  signal?.throwIfAborted();
  let client: pg.Client | undefined;
  const stop = () => void (client && cancel(destination, client));
  try {
    client = await destination.connect();
    client.on("error", () => undefined);
    signal?.addEventListener("abort", stop, { once: true });
    return await inTransaction(client, () => load(client as pg.Client, destination.defaultSchema, input));
  } catch (error) {
    signal?.throwIfAborted();
    throw loadError(error, step.nodeId);
  } finally {
    signal?.removeEventListener("abort", stop);
    await client?.end().catch(() => undefined);
  }
}

/** Stops what the server does for a client, from outside, and closes the client. */
async function cancel(
  destination: Extract<LoadDestination, { kind: "postgres" }>,
  client: pg.Client,
): Promise<void> {
  const { processID } = client as unknown as { processID: number };
  try {
    const other = await destination.connect();
    await other.query("select pg_terminate_backend($1)", [processID]).finally(() => other.end());
  } catch {
    // The server is gone, then so is the work.
  }
  (client as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy();
}

async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query("begin");
  try {
    const result = await work();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

async function load(client: pg.Client, defaultSchema: string, input: LoadInput): Promise<LoadCounts> {
  const { step, runId, rows } = input;
  const schema = step.table.schema ?? defaultSchema;
  await client.query(
    "set local timezone = 'UTC'; set local synchronous_commit = on; set local client_min_messages = warning",
  );
  await createSchema(client, schema);
  const marker = `${sqlIdentifier(schema)}.${sqlIdentifier(MARKER_TABLE)}`;
  const done = await readMark(client, schema, marker, runId, step.nodeId);
  if (done) return done;
  if (step.preHook) await client.query(printHook(step.preHook));
  const table = `${sqlIdentifier(schema)}.${sqlIdentifier(step.table.name)}`;
  await prepareTable(client, schema, step.table.name, rows.columns, step);
  const counts = noCounts();
  if (step.loadMode === "append") counts.in = counts.inserted = await copy(client, table, input);
  else if (step.loadMode === "truncate") await truncate(client, table, input, counts);
  else if (step.loadMode === "upsert") await upsert(client, table, input, counts);
  else throw new DataError("not_executable", `The load mode ${step.loadMode} cannot be run yet`);
  if (step.postHook) await client.query(printHook(step.postHook));
  await client.query(`insert into ${marker} (run_id, node_id, table_name, counts) values ($1, $2, $3, $4)`, [
    runId,
    step.nodeId,
    step.table.name,
    JSON.stringify(counts),
  ]);
  await client.query(`delete from ${marker} where loaded_at < now() - interval '${KEEP_MARKS}'`);
  return counts;
}

async function createSchema(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query("select 1 from pg_namespace where nspname = $1", [schema]);
  if (rows.length > 0) return;
  await oneAtATime(client, schema);
  await client.query(`create schema if not exists ${sqlIdentifier(schema)}`);
}

/** "If not exists" fails where two do it at once: the first load into a schema makes the others wait for its end. */
async function oneAtATime(client: pg.Client, schema: string): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`penstock schema ${schema}`]);
}

async function readMark(
  client: pg.Client,
  schema: string,
  marker: string,
  runId: string,
  nodeId: string,
): Promise<LoadCounts | undefined> {
  const isThere = async (): Promise<boolean> =>
    (
      await client.query("select 1 from pg_tables where schemaname = $1 and tablename = $2", [
        schema,
        MARKER_TABLE,
      ])
    ).rows.length > 0;
  if (!(await isThere())) {
    await oneAtATime(client, schema);
    await client.query(
      `create table if not exists ${marker} (run_id text, node_id text, table_name text not null, counts jsonb not null,
       loaded_at timestamptz not null default now(), primary key (run_id, node_id))`,
    );
  }
  // A worker thought dead may still be committing: wait for it instead of loading beside it.
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${runId} ${nodeId}`]);
  const { rows } = await client.query<{ counts: LoadCounts }>(
    `select counts from ${marker} where run_id = $1 and node_id = $2`,
    [runId, nodeId],
  );
  return rows[0] && { ...noCounts(), ...rows[0].counts, already: true };
}

async function prepareTable(
  client: pg.Client,
  schema: string,
  name: string,
  columns: readonly TypedColumn[],
  { loadMode, upsertKey, schemaEvolution }: LoadInput["step"],
): Promise<void> {
  const table = `${sqlIdentifier(schema)}.${sqlIdentifier(name)}`;
  const { rows } = await client.query<{ name: string; written: string }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as written
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped`,
    [schema, name],
  );
  if (rows.length === 0) {
    const list = columns.map((column) => `${sqlIdentifier(column.name)} ${postgresType(column.type)}`);
    if (loadMode === "upsert") list.push(`primary key (${upsertKey.map(sqlIdentifier).join(", ")})`);
    await client.query(`create table ${table} (${list.join(", ")})`);
    return;
  }
  const existing = rows.map(({ name, written }): ExistingColumn => {
    const parsed = parseIrType(written);
    return { name, written, type: parsed.ok ? parsed.type : undefined };
  });
  const { add, widen } = fitColumns(`${schema}.${name}`, existing, columns, schemaEvolution);
  for (const column of add)
    await client.query(
      `alter table ${table} add column ${sqlIdentifier(column.name)} ${postgresType(column.type)}`,
    );
  for (const column of widen)
    await client.query(
      `alter table ${table} alter column ${sqlIdentifier(column.name)} type ${postgresType(column.type)}`,
    );
}

const columnList = (columns: readonly TypedColumn[]) =>
  columns.map(({ name }) => sqlIdentifier(name)).join(", ");

/** Streams the rows in by COPY. @returns how many. */
async function copy(client: pg.Client, table: string, { rows, signal }: LoadInput): Promise<number> {
  const sink = client.query(copyFrom(`copy ${table} (${columnList(rows.columns)}) from stdin (format csv)`));
  const { stream, done } = await rows.csv();
  const piped = pipeline(stream, sink, { signal });
  // A failing query closes its end, which the pipe would take for the end of the rows: its error comes first.
  const [handed, ended] = await Promise.all([settled(done), settled(piped)]);
  if ("error" in handed && !("error" in ended && !isBroken(ended.error))) throw handed.error;
  if ("error" in ended) throw ended.error;
  if ("error" in handed) throw handed.error;
  if (sink.rowCount !== handed.value)
    throw new DataError("rows_lost", `${handed.value} rows were sent and ${sink.rowCount} arrived`);
  return handed.value;
}

const isBroken = (error: unknown) =>
  ["ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED"].includes(
    (error as NodeJS.ErrnoException).code ?? "",
  );

const settled = <T>(promise: Promise<T>): Promise<{ value: T } | { error: unknown }> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

async function truncate(
  client: pg.Client,
  table: string,
  input: LoadInput,
  counts: LoadCounts,
): Promise<void> {
  await client.query(`truncate ${table}`);
  counts.in = counts.inserted = await copy(client, table, input);
  if (counts.in === 0 && !input.step.allowEmpty)
    throw new DataError("empty_load", "There are 0 rows: the table was not emptied", {
      hint: 'Set "allowEmpty" if no rows are all right',
    });
}

async function upsert(client: pg.Client, table: string, input: LoadInput, counts: LoadCounts): Promise<void> {
  const { step, rows } = input;
  const keys = step.upsertKey.map(sqlIdentifier);
  const types = rows.columns.map(({ name, type }) => `${sqlIdentifier(name)} ${postgresType(type)}`);
  await client.query(`create temporary table _penstock_stage (${types.join(", ")}) on commit drop`);
  counts.in = await copy(client, STAGE, input);
  const nullKey = keys.map((key) => `${key} is null`).join(" or ");
  const nulls = await client.query<{ n: string }>(`select count(*) as n from ${STAGE} where ${nullKey}`);
  if (Number(nulls.rows[0]?.n ?? 0) > 0)
    throw new DataError(
      "null_key",
      `${nulls.rows[0]?.n} rows have no value in the key ${step.upsertKey.join(", ")}`,
      {
        hint: "Add a not_null rule before the target",
      },
    );
  const twice = await client.query(
    `delete from ${STAGE} where ctid in (select c from (select ctid as c, row_number() over (partition by ${keys.join(", ")} order by ctid desc) as r from ${STAGE}) x where r > 1)`,
  );
  counts.deduplicated = twice.rowCount ?? 0;
  await client.query(`analyze ${STAGE}`);
  await client.query(`lock table ${table} in share row exclusive mode`);
  const match = keys.map((key) => `t.${key} = s.${key}`).join(" and ");
  const values = rows.columns
    .filter(({ name }) => !step.upsertKey.includes(name))
    .map(({ name }) => sqlIdentifier(name));
  if (values.length > 0) {
    const differs = `(${values.map((v) => `t.${v}`).join(", ")}) is distinct from (${values.map((v) => `s.${v}`).join(", ")})`;
    const matched = await client.query<{ n: string }>(
      `select count(*) as n from ${STAGE} s where exists (select 1 from ${table} t where ${match} and ${differs})`,
    );
    counts.updated = Number(matched.rows[0]?.n ?? 0);
    if (counts.updated > 0)
      await client.query(
        `update ${table} t set ${values.map((v) => `${v} = s.${v}`).join(", ")} from ${STAGE} s where ${match} and ${differs}`,
      );
  }
  const list = columnList(rows.columns);
  const inserted = await client.query(
    `insert into ${table} (${list}) select ${list} from ${STAGE} s where not exists (select 1 from ${table} t where ${match})`,
  );
  counts.inserted = inserted.rowCount ?? 0;
  counts.unchanged = counts.in - counts.deduplicated - counts.inserted - counts.updated;
}

/** The distinct values of a column of a destination's table, as text; for foreign-key checks. */
export async function copyOutValues(
  destination: Extract<LoadDestination, { kind: "postgres" }>,
  table: { schema?: string; name: string },
  field: string,
): Promise<{ client: pg.Client; sql: string }> {
  const client = await destination.connect();
  const name = `${sqlIdentifier(table.schema ?? destination.defaultSchema)}.${sqlIdentifier(table.name)}`;
  const column = sqlIdentifier(field);
  const sql = `copy (select distinct ${column}::text from ${name} where ${column} is not null) to stdout (format csv, force_quote *)`;
  return { client, sql };
}
