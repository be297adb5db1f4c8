import { createHash } from "node:crypto";
import {
  DataError,
  type FileStore,
  type FileWriting,
  isDataError,
  type OpenedFile,
} from "#lib/connectors/index.ts";

/** How a move ended; `occupied`: another file has the name. */
export type Moved = "moved" | "gone" | "occupied";

/** The part of a store that writes. @throws DataError where files can only be read */
export function writingOf(store: FileStore): FileWriting {
  if (store.writing) return store.writing;
  throw new DataError("write_denied", "Files of this source can only be read, not moved");
}

/**
 * Moves a file, or goes on with a move that was interrupted: one that is in both places with the same bytes is taken
 * from the first.
 */
export async function bring(store: FileStore, from: string, to: string): Promise<Moved> {
  const writing = writingOf(store);
  try {
    await writing.move(from, to);
    return "moved";
  } catch (error) {
    if (!isDataError(error)) throw error;
    if (error.code === "file_not_found") return (await isThere(store, to)) ? "moved" : "gone";
    if (error.code !== "file_exists") throw error;
    if (!(await sameContent(store, from, to))) return "occupied";
    await writing.remove(from);
    return "moved";
  }
}

/** Whether anything has that name, be it a folder. */
export async function isThere(store: FileStore, path: string): Promise<boolean> {
  try {
    return (await store.stat(path)) !== undefined;
  } catch (error) {
    if (isDataError(error) && error.code === "path_is_folder") return true;
    throw error;
  }
}

async function sameContent(store: FileStore, one: string, other: string): Promise<boolean> {
  const [a, b] = [await store.open(one), await store.open(other)];
  try {
    return a.bytes === b.bytes && (await digestOf(a)) === (await digestOf(b));
  } finally {
    await Promise.all([a.close(), b.close()]);
  }
}

/** SHA-256 of a file's bytes, or of what is made of them on the way. */
export async function digestOf(
  file: Pick<OpenedFile, "stream">,
  through: (bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer> = (bytes) => bytes,
): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of through(file.stream())) hash.update(chunk);
  return hash.digest("hex");
}
