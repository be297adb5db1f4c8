import type { FileFormat } from "#lib/ir/schema.ts";
import { DataError } from "../data-error.ts";
import type { StreamPreview } from "../shapes.ts";
import { folderOf, lookInto, newestOf } from "./discover-files.ts";
import type { ConnectedFiles } from "./file-lister.ts";
import { gatherGroups } from "./gather-groups.ts";

/**
 * The first rows of a stream's newest file.
 * @param format of files whose names do not tell it.
 * @throws DataError `unknown_stream`, and what is wrong with the file
 */
export async function previewFile(
  store: ConnectedFiles,
  {
    stream,
    rows,
    format,
    signal,
  }: { stream: string; rows: number; format?: FileFormat; signal?: AbortSignal },
): Promise<StreamPreview> {
  const { groups } = await gatherGroups(store, { folder: folderOf([stream]), format, signal });
  const group = groups.find(({ name }) => name === stream);
  if (!group)
    throw new DataError("unknown_stream", `There is no stream "${stream}" any more`, { retryable: true });
  const { columns, sampleRows } = await lookInto(store, newestOf(group).path, {
    format: group.format,
    rows: true,
  });
  return {
    columns,
    rows: sampleRows.slice(0, rows).map((row) => columns.map(({ name }) => row[name] ?? null)),
  };
}
