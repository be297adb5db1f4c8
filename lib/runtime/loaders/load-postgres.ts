import type pg from "pg";
import { DataError } from "#lib/connectors/index.ts";
import { printHook, sqlIdentifier } from "#lib/ir/index.ts";
import { copyIn } from "./copy-in.ts";
import { loadError } from "./load-error.ts";
import { oneAtATime, readMark, writeMark } from "./load-mark.ts";
import { loadNewer } from "./load-newer.ts";
import {
  type LoadCounts,
  type LoadDestination,
  type LoadInput,
  type LoadRequest,
  noCounts,
  type RowSource,
} from "./loader.ts";
import { prepareTable } from "./prepare-table.ts";
import { replaceTable } from "./replace-table.ts";
import { upsert } from "./upsert.ts";

/**
 * Loads a target's rows into PostgreSQL in one transaction, with the mark that it happened: a run that begins again
 * after its worker died finds the mark and does not load twice.
 * @param input rows given as a function are asked for only if they are to be loaded.
 * @throws DataError
 */
export async function loadPostgres(
  destination: Extract<LoadDestination, { kind: "postgres" }>,
  input: LoadInput | (LoadRequest & { rows: () => Promise<RowSource> }),
): Promise<LoadCounts> {
  const { signal, step } = input;
  signal?.throwIfAborted();
  let client: pg.Client | undefined;
  const stop = () => void (client && cancelLoad(destination, client));
  try {
    client = await destination.connect();
    client.on("error", () => undefined);
    signal?.addEventListener("abort", stop, { once: true });
    const connected = client;
    return await inTransaction(client, () => loadOnce(connected, destination.defaultSchema, input));
  } catch (error) {
    signal?.throwIfAborted();
    throw loadError(error, step.nodeId);
  } finally {
    signal?.removeEventListener("abort", stop);
    await client?.end().catch(() => undefined);
  }
}

/** Stops what the server does for a client, from outside, and closes the client. */
export async function cancelLoad(
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

async function loadOnce(
  client: pg.Client,
  defaultSchema: string,
  { rows, ...request }: Parameters<typeof loadPostgres>[1],
): Promise<LoadCounts> {
  const { step, runId } = request;
  const schema = step.table.schema ?? defaultSchema;
  await client.query(
    "set local timezone = 'UTC'; set local synchronous_commit = on; set local client_min_messages = warning",
  );
  await createSchema(client, schema);
  const mark = { schema, runId, nodeId: step.nodeId };
  const done = await readMark(client, mark);
  if (done) return { ...noCounts(), ...done, already: true };
  const input = { ...request, rows: typeof rows === "function" ? await rows() : rows };
  if (step.preHook) await client.query(printHook(step.preHook));
  const counts = noCounts();
  await fill(client, schema, input, counts);
  if (step.postHook) await client.query(printHook(step.postHook));
  await writeMark(client, mark, step.table.name, counts);
  return counts;
}

async function fill(client: pg.Client, schema: string, input: LoadInput, counts: LoadCounts): Promise<void> {
  const { step, rows } = input;
  if (step.loadMode === "blue_green") {
    counts.in = counts.inserted = await replaceTable(client, schema, input, counts);
    return;
  }
  const table = `${sqlIdentifier(schema)}.${sqlIdentifier(step.table.name)}`;
  const { made, alike, said } = await prepareTable(client, schema, step.table.name, rows.columns, step);
  counts.warnings = said;
  switch (step.loadMode) {
    case "append":
      counts.in = counts.inserted = await copyIn(client, table, input, alike);
      break;
    case "truncate":
      await truncate(client, table, input, alike, counts);
      break;
    case "upsert":
      await upsert(client, table, input, counts);
      break;
    case "incremental_watermark":
      await loadNewer(client, schema, input, counts, made);
      break;
    default:
      throw new DataError("not_executable", `The load mode ${step.loadMode} cannot be run yet`);
  }
}

/** Makes a schema if it is not there. */
export async function createSchema(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query("select 1 from pg_namespace where nspname = $1", [schema]);
  if (rows.length > 0) return;
  await oneAtATime(client, schema);
  await client.query(`create schema if not exists ${sqlIdentifier(schema)}`);
}

async function truncate(
  client: pg.Client,
  table: string,
  input: LoadInput,
  alike: boolean,
  counts: LoadCounts,
): Promise<void> {
  await client.query(`truncate ${table}`);
  counts.in = counts.inserted = await copyIn(client, table, input, alike);
  if (counts.in === 0 && !input.step.allowEmpty)
    throw new DataError("empty_load", "There are 0 rows: the table was not emptied", {
      hint: 'Set "allowEmpty" if no rows are all right',
    });
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
