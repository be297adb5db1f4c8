import {
  DataError,
  type FileStore,
  isDataError,
  type OpenedFile,
  type OpenedTable,
} from "#lib/connectors/index.ts";
import type { IrType, SourceStep } from "#lib/ir/schema.ts";

/** Rows in a file of scratch, as CSV without a header: each one's number, then the text of every column. */
export type KeptRows = { file: string; columns: readonly { name: string; type: IrType }[] };

/** Where a source step reads, resolved and ready to be read from. */
export type ReadableSource =
  | { kind: "store"; store: FileStore }
  | { kind: "rows"; rows: KeptRows }
  | { kind: "table"; open: (request: { limit?: number; signal?: AbortSignal }) => Promise<OpenedTable> };

/** Finds out where a source step reads. @throws DataError `source_not_found`, or what the connector says */
export type ResolveSource = (step: SourceStep) => Promise<ReadableSource>;

/** What one run has open at its sources: each is resolved once, and all is closed at the end. */
export class OpenSources {
  private readonly resolve: ResolveSource;
  private readonly resolved = new Map<string, Promise<ReadableSource>>();
  private readonly tables = new Set<OpenedTable>();
  private readonly files = new Set<OpenedFile>();

  constructor(resolve: ResolveSource) {
    this.resolve = resolve;
  }

  /** The store of files that a step reads. */
  async store(step: SourceStep): Promise<FileStore> {
    const source = await this.sourceOf(step);
    if (source.kind === "store") return source.store;
    throw new DataError("wrong_connector", `${step.connector} has tables, not files`, {
      nodeId: step.nodeId,
    });
  }

  /** The rows that a step takes from scratch, if it does. */
  async rows(step: SourceStep): Promise<KeptRows | undefined> {
    const source = await this.sourceOf(step);
    return source.kind === "rows" ? source.rows : undefined;
  }

  /** Opens the table that a step reads, once more each time. */
  async table(
    step: SourceStep,
    request: { limit?: number; signal?: AbortSignal } = {},
  ): Promise<OpenedTable> {
    const source = await this.sourceOf(step);
    if (source.kind !== "table")
      throw new DataError("wrong_connector", `${step.connector} has files, not tables`, {
        nodeId: step.nodeId,
      });
    const table = await source.open(request);
    this.tables.add(table);
    const close = async () => {
      if (this.tables.delete(table)) await table.close();
    };
    const { columns, rowEstimate, binary } = table;
    return {
      columns,
      ...(rowEstimate !== undefined && { rowEstimate }),
      csv: () => table.csv(),
      ...(binary && { binary: () => binary.call(table) }),
      close,
    };
  }

  /** A file that stays open until the end. */
  keep(file: OpenedFile): void {
    this.files.add(file);
  }

  /** Closes whatever is still open. */
  async close(): Promise<void> {
    const stores = await Promise.all(
      [...this.resolved.values()].map((source) => source.catch(() => undefined)),
    );
    await Promise.all([
      ...[...this.files, ...this.tables].map((each) => each.close()),
      ...stores.map((source) => source?.kind === "store" && source.store.close()),
    ]).catch(() => undefined);
    this.files.clear();
    this.tables.clear();
    this.resolved.clear();
  }

  private sourceOf(step: SourceStep): Promise<ReadableSource> {
    let source = this.resolved.get(step.nodeId);
    if (!source) {
      source = this.resolve(step);
      this.resolved.set(step.nodeId, source);
      source.catch(() => this.resolved.delete(step.nodeId));
    }
    return source;
  }
}

/** What a source said when it broke off, as an error at its node. What nobody knows is taken for a lost connection. */
export function sourceError(error: unknown, nodeId: string): unknown {
  if (isDataError(error)) return error.at({ nodeId });
  return new DataError("connection_closed", "The connection to the source was lost while it was being read", {
    nodeId,
    retryable: true,
    hint: "Test the source: it says at which stage it fails",
    cause: error,
  });
}
