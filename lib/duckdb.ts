import path from "node:path";
import { type DuckDBConnection, DuckDBInstance, DuckDBTimestampTZValue } from "@duckdb/node-api";

/** How an engine instance is opened. */
export type DuckdbOptions = {
  /** Bytes before it writes to disk. */
  memoryBytes: number;
  threads: number;
  /** Folders that its SQL may touch; nothing else of the file system, and no network. */
  directories: readonly string[];
  /** Where it writes what does not fit into memory; inside one of `directories`. */
  spill: string;
  /** A database file; without one everything is in memory. */
  file?: string;
};

/** A row as JSON-like values: whole numbers beyond 2^53, decimals, dates and times are text. */
export type DuckdbRow = Record<string, unknown>;

/** An open engine, with its configuration locked. */
export type Duckdb = {
  /** Runs statements; answers how many rows the last one changed or copied. */
  run: (sql: string) => Promise<number>;
  /** All rows of a query. Bound it: they are held in memory. */
  rows: <Row extends DuckdbRow = DuckdbRow>(sql: string) => Promise<Row[]>;
  /** The rows of a query in batches. */
  batches: (sql: string) => AsyncIterable<DuckdbRow[]>;
  /** A further session on the same data. */
  session: () => Promise<Duckdb>;
  /** How much of what is running is done, from 0 to 1; undefined if nobody knows, as in a further session. */
  progress: () => number | undefined;
  /** Stops what is running. */
  interrupt: () => void;
  close: () => void;
};

/** The format of new database files: it is written a sixth quicker than the first one. Older files keep theirs. */
const STORAGE = "v1.5.0";

// The client writes instants by the zone of the machine unless it is told.
DuckDBTimestampTZValue.timezoneOffsetInMinutes = 0;

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;

/**
 * Opens DuckDB in a sandbox: files only in the folders given, no extensions from the network, time zone UTC,
 * bounded memory and threads, and no statement can change any of that.
 */
export async function openDuckdb(options: DuckdbOptions): Promise<Duckdb> {
  const instance = await DuckDBInstance.create(options.file ?? ":memory:", {
    memory_limit: `${Math.floor(options.memoryBytes / 1024)}KiB`,
    threads: String(options.threads),
    temp_directory: options.spill,
    storage_compatibility_version: STORAGE,
  });
  const connection = await instance.connect();
  const folders = options.directories.map((folder) =>
    text(folder.endsWith(path.sep) ? folder : folder + path.sep),
  );
  await connection.run(`
    set allowed_directories=[${folders.join(", ")}];
    set global TimeZone='UTC';
    set autoinstall_known_extensions=false;
    set autoload_known_extensions=false;
    set allow_community_extensions=false;
    set enable_progress_bar=true;
    set enable_progress_bar_print=false;
    set progress_bar_time=0;
    set errors_as_json=false;
    set enable_external_access=false;
    set lock_configuration=true`);
  return wrap(instance, connection, true);
}

/** The same, opened when it is first asked for something: who never asks does not wait for it. */
export function duckdbOnDemand(options: DuckdbOptions): Duckdb {
  let opened: Duckdb | undefined;
  let opening: Promise<Duckdb> | undefined;
  let stopped = false;
  const engine = async (): Promise<Duckdb> => {
    opening ??= openDuckdb(options).then((database) => {
      opened = database;
      return database;
    });
    const database = await opening;
    if (stopped) throw new Error("Interrupted before it was open");
    return database;
  };
  return {
    run: async (sql) => (await engine()).run(sql),
    rows: async <Row extends DuckdbRow = DuckdbRow>(sql: string) => (await engine()).rows<Row>(sql),
    batches: async function* (sql) {
      yield* (await engine()).batches(sql);
    },
    session: async () => (await engine()).session(),
    progress: () => opened?.progress(),
    interrupt: () => {
      if (opened) opened.interrupt();
      else stopped = true;
    },
    close: () => {
      if (opened) opened.close();
      else
        opening?.then(
          (database) => database.close(),
          () => undefined,
        );
    },
  };
}

function wrap(instance: DuckDBInstance, connection: DuckDBConnection, owner: boolean): Duckdb {
  return {
    run: async (sql) => (await connection.run(sql)).rowsChanged,
    rows: async <Row extends DuckdbRow>(sql: string) =>
      (await connection.runAndReadAll(sql)).getRowObjectsJson() as Row[],
    batches: (sql) => batches(connection, sql),
    session: async () => wrap(instance, await instance.connect(), false),
    progress: () => {
      const { percentage } = connection.progress;
      return percentage < 0 ? undefined : percentage / 100;
    },
    interrupt: () => connection.interrupt(),
    close: () => {
      connection.closeSync();
      if (owner) instance.closeSync();
    },
  };
}

async function* batches(connection: DuckDBConnection, sql: string): AsyncIterable<DuckdbRow[]> {
  const result = await connection.stream(sql);
  for await (const rows of result.yieldRowObjectJson()) if (rows.length > 0) yield rows as DuckdbRow[];
}
