import type { FileStore, OpenedFile } from "#lib/connectors/index.ts";
import type { Duckdb } from "#lib/duckdb.ts";
import type { Column, FileSourceStep } from "#lib/ir/schema.ts";
import type { ExecutionWarning, ReadProgress } from "../engine.ts";
import type { Chain, FateBook } from "./chain.ts";

/** Files that the engine reads by itself, with all its threads; we hold them open meanwhile. */
export type FilesInPlace = {
  paths: string[];
  /** Fails, once they were read, if they had to be read another way, or if somebody wrote to one since it was opened. */
  settled: () => Promise<void>;
};

/** A source ready to be queried. `chunks` feed `fifo`; without them everything is in scratch already. */
export type OpenedSource = {
  chain: Chain;
  fifo?: string;
  chunks?: () => AsyncIterable<Buffer>;
  /** Set where the engine reads the files themselves. */
  inPlace?: FilesInPlace;
  progress: ReadProgress;
  warnings: ExecutionWarning[];
  /** Its columns, with their types where the files tell them, and what it is called. */
  came: { of: string; columns: readonly Column[] };
  /** How many files the chunks are of. */
  files?: number;
};

export type ReadOptions = {
  /** Where the files are. It stays open until all rows were read. */
  store: FileStore;
  step: FileSourceStep;
  scratch: string;
  book: FateBook;
  makeFifo: () => Promise<string>;
  engine: Pick<Duckdb, "rows" | "batches">;
  /** Rows whose values do not fit fail the query. */
  strict: boolean;
  keepRejects: boolean;
  signal?: AbortSignal;
  now?: Date;
  /** Read no more rows than this. */
  limit?: number;
  /** False: rows get no number, which costs a little. */
  numbered: boolean;
  /** Let the engine read the files themselves. The file that is given stays open until the end of the run. */
  inPlace?: (file: OpenedFile) => void;
};
