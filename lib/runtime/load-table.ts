import type { OpenedTable, RowStream } from "#lib/connectors/index.ts";
import type { Column } from "#lib/ir/schema.ts";
import type { ReadProgress } from "./engines/engine.ts";
import { countBinary, countText, startOf } from "./engines/read-progress.ts";
import { expectKeys } from "./expect-columns.ts";
import { loadPostgres } from "./loaders/load-postgres.ts";
import type { LoadCounts, LoadDestination, LoadRequest, RowBytes, RowSource } from "./loaders/loader.ts";
import { type OpenSources, sourceError } from "./readable-source.ts";
import type { TablePair } from "./table-pairs.ts";

/**
 * Loads a table into PostgreSQL as its source writes it: binary where both have the same types, else as CSV. No row is
 * looked at on the way; the numbers that source and destination tell are compared.
 * @param onStart told as soon as rows flow.
 * @throws DataError
 */
export async function loadTable(
  { source }: TablePair,
  destination: Extract<LoadDestination, { kind: "postgres" }>,
  {
    sources,
    request,
    onStart,
  }: {
    sources: OpenSources;
    request: LoadRequest;
    onStart: (read: ReadProgress, columns: readonly Column[]) => void;
  },
): Promise<LoadCounts> {
  let table: OpenedTable | undefined;
  const stop = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, stop.signal]) : stop.signal;
  const explain = (error: unknown) => sourceError(error, source.nodeId);
  const rows = async (): Promise<RowSource> => {
    try {
      table = await sources.table(source, { signal });
    } catch (error) {
      throw explain(error);
    }
    const { columns, csv, binary } = table;
    const read = startOf(table);
    onStart(read, columns);
    expectKeys(request.step, source, columns);
    const counted = async (
      open: () => Promise<RowStream>,
      count: (read: ReadProgress, chunk: Buffer) => void,
    ) => {
      const opened = await open().catch((error: unknown) => {
        throw explain(error);
      });
      return { ...untilClosed(opened), see: (chunk: Buffer) => count(read, chunk) };
    };
    return {
      columns: columns.map(({ name, type }) => ({ name, type })),
      from: () => {
        throw new Error("These rows are on their way, not stored");
      },
      csv: () => counted(csv, countText),
      ...(binary && { binary: () => counted(binary, countBinary) }),
      explain,
    };
  };
  try {
    return await loadPostgres(destination, { ...request, rows });
  } catch (error) {
    stop.abort();
    throw error;
  } finally {
    await table?.close().catch(() => undefined);
  }
}

/** The stream, with an end that also comes when it was torn down. */
function untilClosed({ stream, done }: RowStream): RowBytes {
  const torn = new Promise<never>((_, reject) => {
    stream.once("close", () => {
      if (!stream.readableEnded) reject(new Error("The stream was closed before its end"));
    });
  });
  torn.catch(() => undefined);
  return { stream, done: Promise.race([done, torn]) };
}
