import { constants } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import type { OpenedFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { isWithin, privateFolder, readRoots } from "../roots.ts";
import { fileChanged } from "../transfer/watched-part.ts";

const CHUNK = 1 << 18;

/**
 * The real place of a path that a tenant may read.
 * @throws DataError `path_outside_roots`, `file_not_found`, `path_refused`.
 */
export async function resolveReadable(tenant: string, given: string): Promise<string> {
  if (given.includes("\0")) throw new DataError("path_refused", "A path must not hold NUL");
  if (given.split(/[\\/]/).includes(".."))
    throw new DataError("path_refused", `"${given}": write the path without ".."`);
  const roots = readRoots(tenant);
  const absolute = path.resolve(given);
  let real: string;
  try {
    real = await realpath(absolute);
  } catch (error) {
    // What is outside the roots must not be told apart by whether it exists.
    if (!roots.some((root) => isWithin(absolute, root))) throw outside(given, roots);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new DataError("file_not_found", `There is no file "${given}"`, { retryable: true });
    throw new DataError("file_unreadable", `"${given}" cannot be read (${code ?? "unknown"})`);
  }
  checkPlace(given, real, roots);
  return real;
}

function checkPlace(given: string, real: string, roots: readonly string[]): void {
  const own = privateFolder();
  if (isWithin(real, own) && !isWithin(real, path.join(own, "files"))) throw outside(given, roots);
  if (!roots.some((root) => isWithin(real, root))) throw outside(given, roots);
}

function outside(given: string, roots: readonly string[]): DataError {
  const hint =
    roots.length === 0
      ? "No folder may be read by this tenant. The operator lists folders in PENSTOCK_READ_ROOTS."
      : `Allowed folders: ${roots.join(", ")}`;
  return new DataError("path_outside_roots", `"${given}" is outside the folders that may be read`, { hint });
}

/**
 * Opens a file of a tenant's allowed roots and checks the opened descriptor: a regular file, and the very one that
 * the checked path names, so that a link swapped in between is noticed. Never blocks on a FIFO.
 * @throws DataError as {@link resolveReadable}, and for what is no regular file.
 */
export async function openFile({
  tenant,
  path: given,
}: {
  tenant: string;
  path: string;
}): Promise<OpenedFile> {
  const real = await resolveReadable(tenant, given);
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  let handle: FileHandle;
  try {
    handle = await open(real, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new DataError("file_unreadable", `"${given}" cannot be opened (${code})`);
  }
  try {
    const stats = await handle.stat();
    if (stats.isDirectory())
      throw new DataError("path_is_folder", `"${given}" is a folder`, {
        hint: 'Name a file, or add "pattern"',
      });
    if (!stats.isFile()) throw new DataError("path_refused", `"${given}" is not a regular file`);
    const opened = await realpath(`/proc/self/fd/${handle.fd}`).catch(() => realpath(real));
    checkPlace(given, opened, readRoots(tenant));
    const named = await stat(opened);
    if (named.ino !== stats.ino || named.dev !== stats.dev)
      throw new DataError("path_refused", `"${given}" changed while it was opened`, { retryable: true });
    const name = path.basename(real);
    return {
      name,
      bytes: stats.size,
      modifiedAt: stats.mtime,
      stream: (range) => bytesOf(handle, { ...range, name, stats }),
      inPlace: {
        path: opened,
        read: async (into, from) => (await handle.read(into, 0, into.length, from)).bytesRead,
        unchanged: async () => {
          await expectUnchanged(handle, name, stats);
          const there = await stat(opened).catch(() => undefined);
          if (there?.ino !== stats.ino || there.dev !== stats.dev) throw fileChanged(name);
        },
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** @throws DataError `file_changed` */
async function expectUnchanged(handle: FileHandle, name: string, then: Part["stats"]): Promise<void> {
  const now = await handle.stat();
  if (now.size !== then.size || now.mtimeMs !== then.mtimeMs) throw fileChanged(name);
}

type Part = { name: string; stats: { size: number; mtimeMs: number }; start?: number; end?: number };

/** Bytes of an open file. That it ended is believed only if nobody wrote to it since it was opened. */
function bytesOf(handle: FileHandle, { name, stats, start = 0, end }: Part): Readable {
  if (end !== undefined && end <= start) return Readable.from([]);
  const last = end === undefined ? {} : { end: end - 1 };
  const bytes = handle.createReadStream({ highWaterMark: CHUNK, autoClose: false, start, ...last });
  const push = bytes.push.bind(bytes);
  // Not a stream behind it: this is the way of every byte that is read from here.
  bytes.push = (chunk) => {
    if (chunk !== null) return push(chunk);
    expectUnchanged(handle, name, stats).then(
      () => push(null),
      (error: Error) => bytes.destroy(error),
    );
    return false;
  };
  return bytes;
}
