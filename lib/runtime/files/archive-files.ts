import { createGzip, createZstdCompress } from "node:zlib";
import {
  DataError,
  type FileStore,
  type FoundFile,
  fillDates,
  isDataError,
  rawStream,
} from "#lib/connectors/index.ts";
import type { ArchiveStep, FileSourceStep } from "#lib/ir/schema.ts";
import { digestOf, isThere, writingOf } from "./move-file.ts";
import { besides, digest, inFolder, isSameVersion, lastOf } from "./taken-file.ts";

const TRIES = 3;
const NAMES = 20;
/** What does not become smaller. */
const PACKED = /\.(gz|zst|bz2|xz|zip|br|lz4|7z|parquet)$/i;

/** Files of a source, and where their copies go. */
export type Archiving = {
  step: ArchiveStep;
  source: FileSourceStep;
  runId: string;
  /** The time that dates in the folder's name are of. */
  now: Date;
  files: readonly FoundFile[];
  /** The source's store, and where a file is in it now. */
  from: FileStore;
  placeOf: (path: string) => string;
  to: FileStore;
  signal?: AbortSignal;
};

/** A folder that begins with a slash is one of this machine, whatever the source is; any other is in the source's store. */
export const isLocalFolder = (to: string): boolean => to.startsWith("/");

/** The folder of an archive at a moment, in the source's time zone. */
export function folderOf({ to }: ArchiveStep, { config }: FileSourceStep, now: Date): string {
  return fillDates(to, now, config.pattern?.timezone ?? "UTC");
}

/**
 * Copies the files that a source read to a folder. A file that lies there already with the same content is left, so
 * that it can be done again at any time; one of another content is not written over.
 * @returns how many files were there in the end, and how many bytes were written for them.
 */
export async function archiveFiles(
  given: Archiving,
): Promise<{ files: number; bytes: number; left: number }> {
  const total = { files: 0, bytes: 0, left: 0 };
  for (const file of given.files) {
    const bytes = await triedAgain(given, () => archiveFile(given, file));
    total.files += 1;
    if (bytes === undefined) total.left += 1;
    else total.bytes += bytes;
  }
  return total;
}

async function triedAgain<T>({ signal }: Archiving, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isDataError(error) || !(error.retryable || error.code === "file_exists") || attempt === TRIES)
        throw error;
    }
  }
}

/** @returns the bytes that were written; undefined if it was there. */
async function archiveFile(given: Archiving, file: FoundFile): Promise<number | undefined> {
  const { step, source, runId, now, from, placeOf, to } = given;
  const compress = PACKED.test(file.path) ? "none" : step.compress;
  const ending = compress === "none" ? "" : `.${compress}`;
  const folder = folderOf(step, source, now);
  const wanted = inFolder(folder, lastOf(file.path));
  const mark = digest(`${runId}\n${step.nodeId}\n${file.path}`).slice(0, 16);
  const opened = await from.open(placeOf(file.path));
  try {
    if (placeOf(file.path) === file.path && !isSameVersion(file, opened))
      throw new DataError("file_changed", `"${file.path}" was changed since it was read`);
    let known: string | undefined;
    for (let attempt = 0; attempt < NAMES; attempt++) {
      const name =
        attempt === 0 ? wanted : besides(wanted, `${mark.slice(0, 8)}${attempt === 1 ? "" : `-${attempt}`}`);
      const path = `${name}${ending}`;
      if (!(await isThere(to, path)))
        return await writingOf(to).write(path, packed(opened.stream(), compress), mark);
      known ??= await digestOf(opened);
      if (known !== (await contentOf(to, path, compress))) continue;
      // Who wrote it may have died before its part was gone.
      await writingOf(to).remove(inFolder(folder, `.${mark}.part`));
      return undefined;
    }
    throw new DataError("file_exists", `No name is free for "${wanted}${ending}"`);
  } finally {
    await opened.close();
  }
}

async function contentOf(to: FileStore, path: string, compress: ArchiveStep["compress"]): Promise<string> {
  const there = await to.open(path);
  try {
    return await digestOf(compress === "none" ? there : { stream: () => rawStream(there) });
  } finally {
    await there.close();
  }
}

function packed(
  bytes: ReturnType<typeof rawStream>,
  compress: ArchiveStep["compress"],
): AsyncIterable<Buffer> {
  if (compress === "none") return bytes;
  const packer = compress === "gz" ? createGzip() : createZstdCompress();
  bytes.on("error", (error) => packer.destroy(error));
  packer.on("close", () => bytes.destroy());
  return bytes.pipe(packer);
}
