import { isDataError } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import { sqlIdentifier } from "#lib/ir/index.ts";
import type { LogicalPlan } from "#lib/ir/schema.ts";
import { typeOfDuckdb } from "./cast.ts";
import { Chain, FATE, type FateBook, ORIGINAL, ROW } from "./chain.ts";
import { whileFeeding } from "./fifo.ts";
import { translateError } from "./translate-error.ts";

/** What a source's chain is fed with. */
export type Feed = {
  fifo: string;
  chunks: () => AsyncIterable<Buffer>;
  nodeId: string;
  headerLines: number;
  files?: number;
};

/** Asks the engine about chains of one run: their rows, while their source is fed, and their types. */
export class ChainQueries {
  private readonly engine: Duckdb;
  private readonly plan: LogicalPlan;
  private readonly book: FateBook;
  private readonly signal?: AbortSignal;
  private readonly feeds = new Map<Chain, Feed>();

  constructor({
    engine,
    plan,
    book,
    signal,
  }: { engine: Duckdb; plan: LogicalPlan; book: FateBook; signal?: AbortSignal }) {
    this.engine = engine;
    this.plan = plan;
    this.book = book;
    this.signal = signal;
  }

  /** Says what a chain is to be fed with when it is queried. */
  feed(chain: Chain, feed: Feed): void {
    this.feeds.set(chain, feed);
  }

  /** Lets every chunk that feeds a chain be seen before the engine gets it. */
  tee(chain: Chain, see: (chunk: Buffer) => Promise<void>): void {
    const feed = this.feeds.get(chain);
    if (!feed) return;
    const { chunks } = feed;
    const seen = async function* () {
      for await (const chunk of chunks()) {
        await see(chunk);
        yield chunk;
      }
    };
    this.feeds.set(chain, { ...feed, chunks: seen });
  }

  /** Runs a query over a chain while its source is fed. @throws DataError */
  async query<T>(chain: Chain, run: (from: string) => Promise<T>): Promise<T> {
    const feed = this.feeds.get(chain);
    this.feeds.delete(chain);
    try {
      const from = chain.sql();
      return await (feed ? whileFeeding(feed.fifo, feed.chunks(), () => run(from)) : run(from));
    } catch (error) {
      this.signal?.throwIfAborted();
      if (isDataError(error) && feed) throw error.at({ nodeId: feed.nodeId });
      throw translateError(error, {
        nodeIds: chain.entries.map(({ nodeId }) => nodeId),
        fates: this.book.fates,
        sourceId: feed?.nodeId ?? this.sourceAt(chain),
        headerLines: feed?.headerLines,
        files: feed?.files,
      });
    }
  }

  /** Writes a query's rows as CSV to a FIFO. @param fifo as a SQL literal. @returns how many. */
  copyOut(query: string, fifo: string, options: string): Promise<number> {
    return this.engine.run(
      `COPY (${query}) TO ${fifo} (FORMAT csv, HEADER false, USE_TMP_FILE false, NULLSTR ''${options})`,
    );
  }

  /** Asks the engine for the types that only it knows, and brings every column into one of ours. */
  async settle(chain: Chain): Promise<void> {
    let rows: { column_name: string; column_type: string }[];
    try {
      rows = await this.engine.rows(`DESCRIBE SELECT * FROM ${chain.sql({ empty: true })}`);
    } catch (error) {
      throw translateError(error, {
        nodeIds: chain.entries.slice(-1).map(({ nodeId }) => nodeId),
        fates: [],
      });
    }
    const types = new Map(rows.map((row) => [row.column_name, row.column_type]));
    const found = chain.columns.map((column) => ({
      column,
      ...typeOfDuckdb(types.get(column.name) ?? "VARCHAR"),
    }));
    chain.columns = found.map(({ column, type }) => ({ name: column.name, type }));
    if (!found.some(({ convert }) => convert)) return;
    chain.project(
      found.map(({ column, type, convert }) => {
        const name = sqlIdentifier(column.name);
        return { name: column.name, type, expr: convert ? convert(name) : name };
      }),
    );
  }

  /**
   * A chain of new rows (groups, joined pairs) with types asked from the engine; `data` gives the data's columns alone,
   * `numbered` the same rows with numbers that they have.
   */
  async restart(
    nodeId: string,
    { data, order, numbered }: { data: string; order?: string; numbered?: string },
    continued = true,
  ): Promise<Chain> {
    const rows = await this.engine.rows<{ column_name: string; column_type: string }>(
      `DESCRIBE SELECT * FROM ${data}`,
    );
    const columns = rows.map(({ column_name: name, column_type }) => ({
      name,
      ...typeOfDuckdb(column_type),
    }));
    const list = columns.map(({ name, convert }) => {
      const id = sqlIdentifier(name);
      return convert ? `${convert(id)} AS ${id}` : id;
    });
    const over = order ? `OVER (ORDER BY ${order})` : "OVER ()";
    const number = numbered ? ROW : `row_number() ${over} AS ${ROW}`;
    const base = `(SELECT ${list.join(", ")}, ${number}, 0 AS ${FATE}, NULL::VARCHAR AS ${ORIGINAL} FROM ${numbered ?? data})`;
    const chain = new Chain(
      base,
      columns.map(({ name, type }) => ({ name, type })),
      this.book,
    );
    chain.enter(nodeId, { continued, restarts: true });
    return chain;
  }

  /** The numbers of a chain's living rows, each once. They are held in memory. */
  async numbersOf(chain: Chain): Promise<number[]> {
    const rows = await this.engine.rows<{ n: unknown }>(
      `SELECT DISTINCT ${ROW} AS n FROM ${chain.sql()} WHERE ${FATE} = 0`,
    );
    return rows.map(({ n }) => Number(n));
  }

  /** Rows of a parenthesised query. */
  async countOf(from: string): Promise<number> {
    const [row] = await this.engine.rows<{ n: unknown }>(`SELECT count(*) AS n FROM ${from}`);
    return Number(row?.n ?? 0);
  }

  private sourceAt(chain: Chain): string | undefined {
    const first = chain.entries[0]?.nodeId;
    return this.plan.steps.find((step) => step.kind === "source" && step.nodeId === first)?.nodeId;
  }
}
