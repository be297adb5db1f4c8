import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { DataError, type OpenedTable } from "#lib/connectors/index.ts";
import { databaseCode } from "#lib/db.ts";
import { postgresType, printHook, sqlIdentifier, sqlLiteral } from "#lib/ir/index.ts";
import type { TypedColumn } from "../engines/duckdb/chain.ts";
import { columnList, copyIn } from "../loaders/copy-in.ts";
import { loadError } from "../loaders/load-error.ts";
import { oneAtATime, readMark, writeMark } from "../loaders/load-mark.ts";
import { cancelLoad, createSchema } from "../loaders/load-postgres.ts";
import type { LoadDestination, LoadRequest } from "../loaders/loader.ts";
import { prepareTable } from "../loaders/prepare-table.ts";
import { rowLines, stateLines } from "./change-lines.ts";
import type { Compacted } from "./compact.ts";
import {
  type Applied,
  applyPart,
  applyStatements,
  diverged,
  type Filling,
  fromColumn,
  HOLES,
  holesOf,
  keptOf,
  type Mirror,
  type MirrorTransaction,
  OP,
  POSITIONS_COLUMNS,
  POSITIONS_TABLE,
  positionStatements,
} from "./mirror.ts";

const STAGE = "pg_temp._penstock_changed";

type Postgres = Extract<LoadDestination, { kind: "postgres" }>;

/** A mirror in PostgreSQL. @throws DataError */
export async function openPostgresMirror(destination: Postgres, request: LoadRequest): Promise<Mirror> {
  const { signal, step } = request;
  signal?.throwIfAborted();
  const explain = (error: unknown) => (signal?.aborted ? signal.reason : loadError(error, step.nodeId));
  const client = await destination.connect().catch((error: unknown) => {
    throw explain(error);
  });
  client.on("error", () => undefined);
  const stop = () => void cancelLoad(destination, client);
  signal?.addEventListener("abort", stop, { once: true });
  const schema = step.table.schema ?? destination.defaultSchema;
  return {
    transaction: async (work) => {
      try {
        await client.query("begin");
        await client.query(
          "set local timezone = 'UTC'; set local synchronous_commit = on; set local client_min_messages = warning",
        );
        const result = await work(new PostgresTransaction(client, schema, request));
        signal?.throwIfAborted();
        await client.query("commit");
        return result;
      } catch (error) {
        await client.query("rollback").catch(() => undefined);
        throw explain(error);
      }
    },
    close: async () => {
      signal?.removeEventListener("abort", stop);
      await client.end().catch(() => undefined);
    },
  };
}

class PostgresTransaction implements MirrorTransaction {
  private readonly client: pg.Client;
  private readonly schema: string;
  private readonly request: LoadRequest;
  private readonly table: string;
  private readonly positions: ReturnType<typeof positionStatements>;
  private alike = false;

  constructor(client: pg.Client, schema: string, request: LoadRequest) {
    const { pipelineId, step } = request;
    const { nodeId, table } = step;
    this.client = client;
    this.schema = schema;
    this.request = request;
    this.table = `${sqlIdentifier(schema)}.${sqlIdentifier(table.name)}`;
    this.positions = positionStatements(
      `${sqlIdentifier(schema)}.${sqlIdentifier(POSITIONS_TABLE)}`,
      { pipelineId, nodeId, table: `${schema}.${table.name}` },
      sqlLiteral,
    );
  }

  async state() {
    const { client, schema, request } = this;
    const { pipelineId, step } = request;
    await createSchema(client, schema);
    const done = await readMark(client, this.mark());
    const exists = async (name: string) =>
      (await client.query("select 1 from pg_tables where schemaname = $1 and tablename = $2", [schema, name]))
        .rows.length > 0;
    if (!(await exists(POSITIONS_TABLE))) {
      await oneAtATime(client, schema);
      await client.query(
        `create table if not exists ${sqlIdentifier(schema)}.${sqlIdentifier(POSITIONS_TABLE)} (${POSITIONS_COLUMNS})`,
      );
    }
    // A worker thought dead may still be committing: it is waited for.
    await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `penstock changes ${JSON.stringify([pipelineId, step.nodeId, schema, step.table.name])}`,
    ]);
    const { rows } = await client.query(this.positions.look);
    const kept = keptOf(rows[0]);
    return { there: await exists(step.table.name), ...(kept && { kept }), ...(done && { done }) };
  }

  async hook(which: "preHook" | "postHook") {
    const hook = this.request.step[which];
    if (hook) await this.client.query(printHook(hook));
  }

  async prepare(columns: readonly TypedColumn[], key: readonly string[]) {
    const step = { ...this.request.step, loadMode: "upsert" as const, upsertKey: [...key] };
    const { alike, said } = await prepareTable(this.client, this.schema, step.table.name, columns, step);
    this.alike = alike;
    return said;
  }

  async fill(table: OpenedTable, { see, explain }: Filling) {
    const { client, request } = this;
    const { columns, csv, binary } = table;
    await client.query(`truncate ${this.table}`);
    const rows = {
      columns: columns.map(({ name, type }) => ({ name, type })),
      from: () => {
        throw new Error("These rows are on their way, not stored");
      },
      explain,
      csv: async () => ({ ...(await csv()), see: (chunk: Buffer) => see(chunk, false) }),
      ...(binary && {
        binary: async () => ({ ...(await binary()), see: (chunk: Buffer) => see(chunk, true) }),
      }),
    };
    return copyIn(client, this.table, { ...request, rows }, this.alike);
  }

  async apply(part: Compacted, columns: readonly TypedColumn[], key: readonly string[]): Promise<Applied> {
    const { client } = this;
    const sql = applyStatements(this.table, STAGE, columns, key, holesOf(part));
    try {
      return await applyPart(part, sql, {
        run: async (statement) => (await client.query(statement)).rowCount ?? 0,
        stage: () => this.stage(part, columns, key),
        insert: () =>
          this.copy(`${this.table} (${columnList(columns)})`, rowLines(part.inserts), part.inserts.length),
      });
    } catch (error) {
      if (databaseCode(error) === "23505") throw diverged("it has rows that are new at the source", error);
      throw error;
    }
  }

  async keep(kept: Parameters<MirrorTransaction["keep"]>[0]) {
    await this.client.query(this.positions.keep(kept));
  }

  async end(counts: Parameters<MirrorTransaction["end"]>[0]) {
    await writeMark(this.client, this.mark(), this.request.step.table.name, counts);
  }

  private mark() {
    return { schema: this.schema, runId: this.request.runId, nodeId: this.request.step.nodeId };
  }

  private async stage({ states }: Compacted, columns: readonly TypedColumn[], key: readonly string[]) {
    const { client } = this;
    const types = columns.map(({ name, type }) => `${sqlIdentifier(name)} ${postgresType(type)}`);
    const keyAt = key.map((name) => columns.findIndex((column) => column.name === name));
    const from = keyAt.map(
      (at, part) => `${fromColumn(part)} ${postgresType((columns[at] as TypedColumn).type)}`,
    );
    await client.query(`drop table if exists ${STAGE}`);
    await client.query(
      `create temporary table _penstock_changed (${OP} "char" not null, ${HOLES} text, ${[...from, ...types].join(", ")}) on commit drop`,
    );
    await this.copy(STAGE, stateLines(states, keyAt, columns.length), states.length);
    await client.query(`analyze ${STAGE} (${[OP, ...key.map(sqlIdentifier)].join(", ")})`);
  }

  private async copy(into: string, lines: Iterable<Buffer>, count: number): Promise<number> {
    const sink = this.client.query(copyFrom(`copy ${into} from stdin (format csv)`));
    await pipeline(Readable.from(lines, { objectMode: false }), sink);
    if (sink.rowCount !== count)
      throw new DataError("rows_lost", `${count} rows were sent and ${sink.rowCount} arrived`);
    return count;
  }
}
