import type { Readable } from "node:stream";
import type { FileSourceConfig, IrType } from "#lib/ir/schema.ts";
import type { CheckResult, StageReport, StreamPage, StreamPreview } from "./shapes.ts";
import type { ConnectorSpec } from "./spec.ts";

/** A configuration in the clear: in this process's memory only, never for an answer or a log. */
export type Given<Config> = { tenant: string; config: Config };

/** What is asked for of a catalogue. `names` asks for just these streams; `filter` for names that hold the text. */
export type DiscoverRequest = {
  filter?: string;
  names?: readonly string[];
  limit: number;
  cursor?: string;
  signal?: AbortSignal;
};

/**
 * One outside system. Every connection goes through `lib/outbound`. Verbs throw `DataError` with a stable code and a
 * plain sentence; a check never throws for what it is there to find out.
 */
type Port<Config> = {
  spec: ConnectorSpec;
  /** Tries it stage by stage, telling each as it ends, and stops at the first that fails. */
  check: (
    given: Given<Config>,
    options?: { onStage?: (report: StageReport) => void; signal?: AbortSignal },
  ) => Promise<CheckResult>;
  /** One page of its streams, by name. */
  discover: (given: Given<Config>, request: DiscoverRequest) => Promise<StreamPage>;
  /** The names of all streams, by name, at most `limits.discoveredNames`. */
  names: (given: Given<Config>, options?: { signal?: AbortSignal }) => Promise<string[]>;
  /** The first rows of one stream. */
  preview: (
    given: Given<Config>,
    request: { stream: string; rows: number; signal?: AbortSignal },
  ) => Promise<StreamPreview>;
};

/**
 * A stretch of a cursor column: after one value (or from it on), up to another and including it. Values are text.
 * Rows without a value are left out; `nulls` takes them too (`too`), or nothing else (`only`, the bounds then say nothing).
 */
export type CursorRange = {
  field: string;
  after?: string;
  inclusive?: boolean;
  upTo?: string;
  nulls?: "too" | "only";
};

/** What is read of a table. */
export type TableRequest = {
  /** `schema.table`. */
  table: string;
  /** Default: all. */
  columns?: readonly string[];
  range?: CursorRange;
  /** No more rows than this, whichever they are. */
  limit?: number;
  signal?: AbortSignal;
};

/** Bytes on their way; `done` settles when the source has handed out all of them, with how many rows if it tells. */
export type RowStream = { stream: Readable; done: Promise<number | undefined> };

/**
 * A table ready to be read, once. CSV is what PostgreSQL's COPY reads (RFC 4180, no header): NULL is nothing, empty text
 * `""`, binary `\x` and hex, moments with a zone, JSON as text.
 */
export type OpenedTable = {
  columns: { name: string; type: IrType; note?: string }[];
  rowEstimate?: number;
  csv: () => Promise<RowStream>;
  /** PostgreSQL's binary COPY of the same columns, where the source can write it. */
  binary?: () => Promise<RowStream>;
  close: () => Promise<void>;
};

/**
 * Values of one row in the order of the columns, as text that `OpenedTable.csv` would hold; null is NULL, and undefined a
 * value that did not change and was not told.
 */
export type Cells = readonly (string | null | undefined)[];

/** Values of the key alone, in the order of {@link OpenedChanges.key}. */
export type KeyCells = readonly string[];

/**
 * One change of one row, in the log's order. `key` is the row's key before the change; an update tells it only where it
 * is another one than in `row`. The key's cells of a `row` are always told.
 */
export type RowChange =
  | { op: "insert"; row: Cells }
  | { op: "update"; row: Cells; key?: KeyCells }
  | { op: "delete"; key: KeyCells }
  | { op: "truncate" };

/**
 * Changes on their way, a few thousand at most. `position` stands where they end with a transaction: everything up to
 * and including it was told. Without it a transaction goes on in the next batch, however large it is.
 */
export type ChangeBatch = { changes: RowChange[]; position?: string };

/** A change log of one table, open for reading. */
export type OpenedChanges = {
  /** As the table stands now; a change that was made before a column was there has NULL in it. */
  columns: OpenedTable["columns"];
  /** The columns that tell rows apart. */
  key: string[];
  /** What `changes` is given the next time, kept beside the position. */
  shape: string;
  /**
   * Ends where the log ended when it was opened: the last batch has that position, with or without changes. Reads no
   * further ahead than it is asked to.
   */
  batches: AsyncIterable<ChangeBatch>;
  /** Tells the source that everything up to here is kept elsewhere; until `close`. */
  acknowledge: (position: string) => Promise<void>;
  close: () => Promise<void>;
};

/** Which changes: `name` is what the source knows the follower by, such as a replication slot: `[a-z0-9_]{1,63}`. */
export type FollowRequest = {
  table: string;
  columns?: readonly string[];
  name: string;
  signal?: AbortSignal;
};

/** A table's rows as they stand at a position of the log, from which it is followed. */
export type BegunChanges = {
  /** Opaque outside the connector. */
  position: string;
  key: string[];
  /** What the table looks like, in the connector's own words: whether its changes still fit is decided by it. */
  shape: string;
  /** Closing it does not end the following. */
  snapshot: OpenedTable;
};

/** A source whose change log can be followed, one table at a time. */
export type ChangePort<Config> = {
  /**
   * Follows a table from now on, and gives its rows exactly as they stand at `position`. What was followed under that
   * name before is let go.
   * @throws DataError that says what the source lacks: a setting, a privilege, a key
   */
  begin: (given: Given<Config>, request: FollowRequest) => Promise<BegunChanges>;
  /**
   * The changes after a position.
   * @throws DataError `changes_lost` if the source no longer has them; `table_changed` if the table is no longer what
   * `shape` says, in a way that its log alone cannot be followed by (a column whose older rows have values, another
   * type, another key). After either the table is begun anew.
   */
  changes: (
    given: Given<Config>,
    request: FollowRequest & { from: string; shape: string },
  ) => Promise<OpenedChanges>;
  /** Gives back what the source keeps for a follower; nothing there, nothing happens. */
  end: (given: Given<Config>, request: { name: string; signal?: AbortSignal }) => Promise<void>;
};

/** A system with tables. */
export type TablePort<Config> = Port<Config> & {
  family: "table";
  /** Left out by systems without a change log that can be followed. */
  follow?: ChangePort<Config>;
  read: (given: Given<Config>, request: TableRequest) => Promise<OpenedTable>;
  /** The highest value of a column now, as text; undefined for an empty table. */
  highest: (given: Given<Config>, request: { table: string; field: string }) => Promise<string | undefined>;
};

/** A file that a source will read. */
export type FoundFile = { path: string; bytes: number; modifiedAt: Date };

/** A file ready to be read. `name` is its last part: its ending tells format and compression. */
export type OpenedFile = {
  name: string;
  bytes: number;
  modifiedAt: Date;
  /** Its bytes as they are; `end` is excluded. Several streams may be open. */
  stream: (range?: { start?: number; end?: number }) => Readable;
  /**
   * The file's real path on this machine, for an engine that reads by itself. `unchanged` fails with `file_changed` if
   * somebody wrote to the file since it was opened, or the path names another one.
   */
  inPlace?: {
    path: string;
    /** Fills a buffer with what stands at a byte. @returns how many bytes; 0 at the end. */
    read: (into: Buffer, from: number) => Promise<number>;
    unchanged: () => Promise<void>;
  };
  close: () => Promise<void>;
};

/**
 * What changes a store of files. Folders that lack are made, and nothing is ever written over: what is in the way is a
 * DataError `file_exists`. What may not be written to is `write_denied`, or `path_outside_roots` on this machine.
 */
export type FileWriting = {
  /** Moves a file: by renaming it, or by a checked copy where a store knows no names. @throws DataError `file_not_found` */
  move: (from: string, to: string) => Promise<void>;
  /**
   * Writes a file that appears whole, or not at all.
   * @param token tells apart who writes there at the same time; who begins again after a crash uses the same.
   * @returns how many bytes.
   */
  write: (path: string, content: AsyncIterable<Buffer>, token: string) => Promise<number>;
  /** Removes a file; one that is not there is no error. */
  remove: (path: string) => Promise<void>;
  /** Whether files may be put into a folder, as far as that can be told before. @throws DataError */
  checkFolder: (folder: string) => Promise<void>;
};

/** An open connection to a store of files. Paths are as `list` gives them. */
export type FileStore = {
  /**
   * The files that a source node names, in the order in which they are read.
   * @throws DataError `no_files`, `too_many_files`
   */
  list: (config: FileSourceConfig, now?: Date) => Promise<FoundFile[]>;
  open: (path: string) => Promise<OpenedFile>;
  /** The file that is at a path now; undefined if there is none. */
  stat: (path: string) => Promise<FoundFile | undefined>;
  /** What a file is called among all files of all stores. Holds no secret. */
  identityOf: (path: string) => string;
  /** Left out where files can only be read. */
  writing?: FileWriting;
  close: () => Promise<void>;
};

/** A system with files. */
export type FilePort<Config> = Port<Config> & {
  family: "file";
  open: (given: Given<Config>, options?: { signal?: AbortSignal }) => Promise<FileStore>;
};

export type ConnectorPort<Config> = TablePort<Config> | FilePort<Config>;
