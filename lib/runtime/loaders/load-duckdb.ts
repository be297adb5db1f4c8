import { DataError, isDataError } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import { printHook, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import type { Warehouse } from "../warehouse.ts";
import { insertAll, qualified } from "./duckdb/insert-all.ts";
import { loadNewer } from "./duckdb/load-newer.ts";
import { MARKER, MARKER_SCHEMA } from "./duckdb/marker.ts";
import { prepareTable } from "./duckdb/prepare-table.ts";
import { replaceTable } from "./duckdb/replace-table.ts";
import { upsert } from "./duckdb/upsert.ts";
import { loadError } from "./load-error.ts";
import { type LoadCounts, type LoadInput, noCounts } from "./loader.ts";

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
    return await warehouse.exclusively(async (session) => {
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
      }
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw loadError(error, step.nodeId);
  }
}

async function load(session: Duckdb, input: LoadInput): Promise<LoadCounts> {
  const { step, runId } = input;
  await session.run(
    `CREATE SCHEMA IF NOT EXISTS ${MARKER_SCHEMA};
     CREATE TABLE IF NOT EXISTS ${MARKER} (run_id VARCHAR, node_id VARCHAR, table_name VARCHAR, counts JSON, loaded_at TIMESTAMPTZ)`,
  );
  const [done] = await session.rows<{ counts: string }>(
    `SELECT CAST(counts AS VARCHAR) AS counts FROM ${MARKER} WHERE run_id = ${sqlLiteral(runId)} AND node_id = ${sqlLiteral(step.nodeId)}`,
  );
  if (done) return { ...noCounts(), ...(JSON.parse(done.counts) as Partial<LoadCounts>), already: true };
  const schema = step.table.schema ?? "main";
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${sqlIdentifier(schema)}`);
  if (step.preHook) await session.run(printHook(step.preHook));
  const counts = noCounts();
  await followed(session, input, () => fill(session, schema, input, counts));
  if (step.postHook) await session.run(printHook(step.postHook));
  const values = [runId, step.nodeId, `${schema}.${step.table.name}`, JSON.stringify(counts)]
    .map(sqlLiteral)
    .join(", ");
  await session.run(`INSERT INTO ${MARKER} VALUES (${values}, now())`);
  return counts;
}

/** Tells how far it is while it works, and believes what was read only if it stood still. */
async function followed(session: Duckdb, { rows }: LoadInput, work: () => Promise<void>): Promise<void> {
  const tell = () => {
    const share = session.progress();
    if (share !== undefined) rows.reached?.(share);
  };
  const timer = rows.reached && setInterval(tell, limits.progressMs);
  try {
    await work();
    await rows.settled?.();
  } finally {
    clearInterval(timer);
  }
}

async function fill(session: Duckdb, schema: string, input: LoadInput, counts: LoadCounts): Promise<void> {
  const { step, rows } = input;
  if (step.loadMode === "blue_green") {
    counts.in = counts.inserted = await replaceTable(session, schema, input, counts);
    return;
  }
  const { name } = step.table;
  const table = qualified(schema, name);
  const { made, said } = await prepareTable(session, schema, name, rows.columns, step);
  counts.warnings = said;
  switch (step.loadMode) {
    case "append":
      counts.in = counts.inserted = await insertAll(session, table, rows);
      break;
    case "truncate":
      await session.run(`DELETE FROM ${table}`);
      counts.in = counts.inserted = await insertAll(session, table, rows);
      if (counts.in === 0 && !step.allowEmpty)
        throw new DataError("empty_load", "There are 0 rows: the table was not emptied", {
          hint: 'Set "allowEmpty" if no rows are all right',
        });
      break;
    case "upsert":
      await upsert(session, schema, input, counts);
      break;
    case "incremental_watermark":
      await loadNewer(session, schema, input, counts, made);
      break;
    default:
      throw new DataError("not_executable", `The load mode ${step.loadMode} cannot be run yet`);
  }
}
