import { Readable } from "node:stream";
import { DataError, isDataError, type OpenedTable } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import { messageOf } from "#lib/errors.ts";
import { duckdbType, printHook, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import type { TypedColumn } from "../engines/duckdb/chain.ts";
import { makeFifo, whileFeeding } from "../engines/duckdb/fifo.ts";
import { columnList, qualified } from "../loaders/duckdb/insert-all.ts";
import { MARKER, MARKER_SCHEMA } from "../loaders/duckdb/marker.ts";
import { prepareTable } from "../loaders/duckdb/prepare-table.ts";
import { loadError } from "../loaders/load-error.ts";
import { type LoadCounts, type LoadRequest, noCounts } from "../loaders/loader.ts";
import type { Warehouse } from "../warehouse.ts";
import { rowLines, stateLines } from "./change-lines.ts";
import type { Compacted } from "./compact.ts";
import {
  type Applied,
  applyPart,
  applyStatements,
  diverged,
  type Filling,
  holesOf,
  keptOf,
  type Mirror,
  type MirrorTransaction,
  POSITIONS_COLUMNS,
  positionStatements,
} from "./mirror.ts";

const STAGE = "_penstock_changed";
const POSITIONS = `${MARKER_SCHEMA}.changes`;

/** A mirror in the embedded warehouse. Transactions in one warehouse come one after another. @throws DataError */
export function openDuckdbMirror(warehouse: Warehouse, request: LoadRequest, scratch: string): Mirror {
  const { signal, step } = request;
  const explain = (error: unknown) => (signal?.aborted ? signal.reason : loadError(error, step.nodeId));
  return {
    transaction: (work) =>
      warehouse.exclusively(async () => {
        const session = await warehouse.session();
        const stop = () => session.interrupt();
        signal?.addEventListener("abort", stop, { once: true });
        try {
          signal?.throwIfAborted();
          await session.run("BEGIN TRANSACTION");
          const result = await work(new DuckdbTransaction(session, request, scratch));
          signal?.throwIfAborted();
          await session.run("COMMIT");
          return result;
        } catch (error) {
          await session.run("ROLLBACK").catch(() => undefined);
          const known = explain(error);
          if (isDataError(known) && known.code === "disk_full")
            await session.run("CHECKPOINT").catch(() => undefined);
          throw known;
        } finally {
          signal?.removeEventListener("abort", stop);
          session.close();
        }
      }),
    close: async () => undefined,
  };
}

class DuckdbTransaction implements MirrorTransaction {
  private readonly session: Duckdb;
  private readonly request: LoadRequest;
  private readonly scratch: string;
  private readonly schema: string;
  private readonly table: string;
  private readonly positions: ReturnType<typeof positionStatements>;

  constructor(session: Duckdb, request: LoadRequest, scratch: string) {
    const { pipelineId, step } = request;
    const { nodeId, table } = step;
    this.session = session;
    this.request = request;
    this.scratch = scratch;
    this.schema = table.schema ?? "main";
    this.table = qualified(this.schema, table.name);
    const key = { pipelineId, nodeId, table: `${this.schema}.${table.name}` };
    this.positions = positionStatements(POSITIONS, key, sqlLiteral);
  }

  async state() {
    const { session, schema, request } = this;
    const { runId, step } = request;
    await session.run(
      `CREATE SCHEMA IF NOT EXISTS ${MARKER_SCHEMA}; CREATE SCHEMA IF NOT EXISTS ${sqlIdentifier(schema)};
       CREATE TABLE IF NOT EXISTS ${MARKER} (run_id VARCHAR, node_id VARCHAR, table_name VARCHAR, counts JSON, loaded_at TIMESTAMPTZ);
       CREATE TABLE IF NOT EXISTS ${POSITIONS} (${POSITIONS_COLUMNS})`,
    );
    const [marked] = await session.rows<{ counts: string }>(
      `SELECT CAST(counts AS VARCHAR) AS counts FROM ${MARKER} WHERE run_id = ${sqlLiteral(runId)} AND node_id = ${sqlLiteral(step.nodeId)}`,
    );
    const done = marked && { ...noCounts(), ...(JSON.parse(marked.counts) as Partial<LoadCounts>) };
    const found = await session.rows(
      `SELECT 1 AS one FROM duckdb_tables() WHERE database_name = current_database()
       AND schema_name = ${sqlLiteral(schema)} AND table_name = ${sqlLiteral(step.table.name)}`,
    );
    const [row] = await session.rows<Parameters<typeof keptOf>[0] & Record<string, unknown>>(
      this.positions.look,
    );
    const kept = keptOf(row);
    return { there: found.length > 0, ...(kept && { kept }), ...(done && { done }) };
  }

  async hook(which: "preHook" | "postHook") {
    const hook = this.request.step[which];
    if (hook) await this.session.run(printHook(hook));
  }

  async prepare(columns: readonly TypedColumn[]) {
    const { name } = this.request.step.table;
    return (await prepareTable(this.session, this.schema, name, columns, this.request.step)).said;
  }

  async fill({ columns, csv }: OpenedTable, { see, explain }: Filling) {
    let told: number | undefined;
    const chunks = async function* () {
      try {
        const { stream, done } = await csv();
        done.catch(() => undefined);
        for await (const chunk of stream) {
          see(chunk, false);
          yield chunk as Buffer;
        }
        told = await done;
      } catch (error) {
        throw explain(error);
      }
    };
    await this.session.run(`DELETE FROM ${this.table}`);
    const list = columns.map(({ name }) => sqlIdentifier(name)).join(", ");
    const inserted = await this.read(chunks(), columns, [], (from) =>
      this.session.run(`INSERT INTO ${this.table} (${list}) SELECT ${list} FROM ${from}`),
    );
    return requireArrived(told ?? inserted, inserted);
  }

  async apply(part: Compacted, columns: readonly TypedColumn[], key: readonly string[]): Promise<Applied> {
    const { session } = this;
    const { inserts } = part;
    const sql = applyStatements(this.table, STAGE, columns, key, holesOf(part));
    const list = columnList(columns);
    try {
      return await applyPart(part, sql, {
        run: (statement) => session.run(statement),
        stage: () => this.stage(part, columns, key),
        insert: async () => {
          const insert = (from: string) =>
            session.run(`INSERT INTO ${this.table} (${list}) SELECT ${list} FROM ${from}`);
          return requireArrived(inserts.length, await this.read(rowLines(inserts), columns, [], insert));
        },
      });
    } catch (error) {
      if (/^Constraint Error: Duplicate key/.test(messageOf(error)))
        throw diverged("it has rows that are new at the source", error);
      throw error;
    }
  }

  async keep(kept: Parameters<MirrorTransaction["keep"]>[0]) {
    await this.session.run(this.positions.keep(kept));
  }

  async end(counts: LoadCounts) {
    const { runId, step } = this.request;
    const values = [runId, step.nodeId, `${this.schema}.${step.table.name}`, JSON.stringify(counts)];
    await this.session.run(`INSERT INTO ${MARKER} VALUES (${values.map(sqlLiteral).join(", ")}, now())`);
  }

  private async stage({ states }: Compacted, columns: readonly TypedColumn[], key: readonly string[]) {
    const keyAt = key.map((name) => columns.findIndex((column) => column.name === name));
    const own: TypedColumn[] = [
      { name: "__ps_op", type: { name: "string" } },
      { name: "__ps_holes", type: { name: "string" } },
      ...keyAt.map(
        (at, part): TypedColumn => ({ name: `__ps_from_${part}`, type: (columns[at] as TypedColumn).type }),
      ),
    ];
    await this.read(stateLines(states, keyAt, columns.length), columns, own, (from) =>
      this.session.run(`CREATE OR REPLACE TEMP TABLE ${STAGE} AS SELECT * FROM ${from}`),
    );
    const [count] = await this.session.rows<{ n: unknown }>(`SELECT count(*) AS n FROM ${STAGE}`);
    requireArrived(states.length, Number(count?.n));
  }

  /** Runs a query over CSV that is fed to it. */
  private async read<T>(
    chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
    columns: readonly TypedColumn[],
    own: readonly TypedColumn[],
    query: (from: string) => Promise<T>,
  ): Promise<T> {
    const fifo = await makeFifo(this.scratch);
    const all = [...own, ...columns];
    const given = all.map((_, at) => `c${at}: 'VARCHAR'`).join(", ");
    const items = all.map(({ name, type }, at) => `${typed(`c${at}`, type)} AS ${sqlIdentifier(name)}`);
    const longest = limits.csvRecordBytes;
    const read = `read_csv(${sqlLiteral(fifo)}, header=false, auto_detect=false, new_line='\\n', delim=',', quote='"', escape='"', nullstr='', allow_quoted_nulls=false, max_line_size=${longest}, buffer_size=${longest + 1_048_576}, columns={${given}})`;
    return whileFeeding(fifo, Readable.from(chunks, { objectMode: true }), () =>
      query(`(SELECT ${items.join(", ")} FROM ${read})`),
    );
  }
}

function requireArrived(sent: number, arrived: number): number {
  if (sent === arrived) return arrived;
  throw new DataError("rows_lost", `${sent} rows were sent and ${arrived} arrived`);
}

function typed(column: string, type: TypedColumn["type"]): string {
  if (type.name === "string") return column;
  if (type.name === "binary") return `unhex(substr(${column}, 3))`;
  return `CAST(${column} AS ${duckdbType(type)})`;
}
