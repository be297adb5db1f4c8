import { constants, existsSync } from "node:fs";
import { type FileHandle, mkdir, open, realpath } from "node:fs/promises";
import path from "node:path";
import { DataError } from "../data-error.ts";
import { writeDenied } from "../files/write-errors.ts";
import { isWithin, privateFolder, writeRoots } from "../roots.ts";

/** A folder that is held open, so that what is done in it is done in that very folder. */
export type WriteFolder = {
  /** Where a name in it is. */
  at: (name: string) => string;
  close: () => Promise<void>;
};

/**
 * Opens a folder that a tenant may write to, and checks the opened descriptor.
 * @param make makes it, and those above it, where they lack.
 * @throws DataError `path_outside_roots`, `path_refused`, `file_not_found`, `write_denied`
 */
export async function openWriteFolder(
  tenant: string,
  folder: string,
  { make = false }: { make?: boolean } = {},
): Promise<WriteFolder> {
  if (folder.includes("\0") || folder.split(/[\\/]/).includes(".."))
    throw new DataError("path_refused", `"${folder}": write the path without ".."`);
  const absolute = path.resolve(folder);
  const roots = writeRoots(tenant);
  const check = (real: string) => {
    const own = privateFolder();
    const hidden = isWithin(real, own) && !isWithin(real, path.join(own, "files"));
    if (hidden || !roots.some((root) => isWithin(real, root))) throw outside(folder, roots);
  };
  let handle: FileHandle | undefined;
  try {
    check(await realOf(absolute));
    if (make) await mkdir(absolute, { recursive: true });
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
    const real = await realpath(absolute);
    const opened = await open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    handle = opened;
    const held = `/proc/self/fd/${opened.fd}`;
    const place = existsSync(held) ? held : real;
    check(await realpath(place));
    return { at: (name) => path.join(place, name), close: () => opened.close() };
  } catch (error) {
    await handle?.close();
    throw inWords(error, folder);
  }
}

/** Where a folder is, links resolved; of one that is not there yet, where it would be. */
async function realOf(absolute: string): Promise<string> {
  try {
    return await realpath(absolute);
  } catch (error) {
    const above = path.dirname(absolute);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || above === absolute) throw error;
    return path.join(await realOf(above), path.basename(absolute));
  }
}

/** What the machine says of a place, as an error of ours. */
export function inWords(error: unknown, place: string): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return new DataError("file_not_found", `There is no "${place}"`, { retryable: true, cause: error });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return writeDenied(place, "Let the user that runs Penstock write there");
    case "ENOTDIR":
    case "ELOOP":
      return new DataError("path_not_folder", `"${place}" is no folder`, { cause: error });
    case "ENOSPC":
    case "EDQUOT":
      return new DataError("disk_full", `There is no space left for "${place}"`, { cause: error });
    case "ENAMETOOLONG":
      return new DataError("path_refused", `"${place}" is too long`, { cause: error });
    default:
      return error;
  }
}

function outside(given: string, roots: readonly string[]): DataError {
  const hint =
    roots.length === 0
      ? "No folder may be written by this tenant. The operator lists folders in PENSTOCK_WRITE_ROOTS."
      : `Allowed folders: ${roots.join(", ")}`;
  return new DataError("path_outside_roots", `"${given}" is outside the folders that may be written`, {
    hint,
  });
}
