import { DataError } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import type { FileSourceStep, LogicalPlan, SourceStep, TableSourceStep } from "#lib/ir/schema.ts";
import type { Expected } from "../../expect-columns.ts";
import type { OpenSources } from "../../readable-source.ts";
import type { ReadProgress } from "../engine.ts";
import type { Chain, FateBook } from "./chain.ts";
import type { ChainQueries } from "./chain-queries.ts";
import { makeFifo } from "./fifo.ts";
import { keptRows } from "./kept-rows.ts";
import type { OpenedSource } from "./opened-source.ts";
import { openSource } from "./read-source.ts";
import { type TableSource, tableSource } from "./table-source.ts";

type Options = {
  plan: LogicalPlan;
  sources: OpenSources;
  scratch: string;
  engine: Duckdb;
  signal?: AbortSignal;
  now?: Date;
  limit?: number;
  strict?: boolean;
  inPlace?: boolean;
  book: FateBook;
  queries: ChainQueries;
  reads: ReadProgress[];
  expected: Expected;
};

/** Makes chains of the sources of one run, and sees to it that they are fed. */
export class SourceChains {
  private readonly o: Options;
  private readonly tables: TableSource[] = [];
  /** What the engine reads by itself. */
  inPlace: OpenedSource | undefined;

  constructor(options: Options) {
    this.o = options;
  }

  /** A chain over what a source step reads. @throws DataError */
  async open(step: SourceStep): Promise<Chain> {
    const rows = await this.o.sources.rows(step);
    if (rows) return keptRows(rows, { ...this.o, step, keepRejects: this.o.plan.keepRejects });
    return step.family === "table" ? this.table(step) : this.files(step);
  }

  /**
   * Compares rows with what the sources of tables said they sent.
   * @param rowsOf how many rows of a source step arrived.
   * @throws DataError `rows_lost`
   */
  confirm(rowsOf: (nodeId: string) => number): void {
    for (const { nodeId, told } of this.tables) {
      const [sent, arrived] = [told(), rowsOf(nodeId)];
      if (sent === undefined || sent === arrived || this.o.limit !== undefined) continue;
      const message = `The source sent ${sent} rows and ${arrived} arrived`;
      throw new DataError("rows_lost", message, { nodeId, retryable: true });
    }
  }

  private async files(step: FileSourceStep): Promise<Chain> {
    const {
      scratch,
      signal,
      now,
      limit,
      plan,
      strict = false,
      inPlace = false,
      engine,
      book,
      sources,
    } = this.o;
    const opened = await openSource({
      store: await sources.store(step),
      step,
      scratch,
      signal,
      now,
      limit,
      strict,
      engine,
      book,
      keepRejects: plan.keepRejects,
      makeFifo: () => makeFifo(scratch),
      numbered: !strict,
      ...(inPlace && { inPlace: (file) => sources.keep(file) }),
    });
    if (opened.inPlace) this.inPlace = opened;
    const { nodeId } = step;
    this.o.reads.push(opened.progress);
    this.o.expected.source(nodeId, opened.came.of, opened.came.columns, opened.warnings);
    const headerLines = step.config.format?.header === false ? 0 : 1;
    const { fifo, chunks, files } = opened;
    if (fifo && chunks) this.o.queries.feed(opened.chain, { fifo, chunks, nodeId, headerLines, files });
    return opened.chain;
  }

  private async table(step: TableSourceStep): Promise<Chain> {
    const { scratch, signal, limit, plan, strict = false, sources, book } = this.o;
    const opened = await sources.table(step, { limit, signal });
    const wanted = { step, book, strict, keepRejects: plan.keepRejects, limit, numbered: !strict };
    const table = tableSource(opened, await makeFifo(scratch), wanted);
    this.tables.push(table);
    this.o.expected.source(step.nodeId, step.config.stream, opened.columns);
    this.o.reads.push(table.progress);
    this.o.queries.feed(table.chain, { ...table, headerLines: 0 });
    return table.chain;
  }
}
