import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { DataError } from "../data-error.ts";
import type { FileLister, WalkRequest } from "../files/file-lister.ts";
import { resolveReadable } from "./open-file.ts";

/** Where a path of a source is on this machine. @throws DataError `path_refused` if it may lead out of the root */
export function placeOf(root: string | undefined, given: string): string {
  if (root === undefined) return given;
  if (given.split(/[\\/]/).includes(".."))
    throw new DataError("path_refused", `"${given}": write the path without ".."`);
  return path.join(root, given);
}

/**
 * Files of this machine that a tenant may read. They are checked again when they are opened.
 * @param root the folder that paths are relative to; without it they are absolute, with links resolved.
 * @throws DataError as `resolveReadable`; `path_is_folder`, `path_not_folder`.
 */
export function localLister({ tenant, root }: { tenant: string; root?: string }): FileLister {
  const look = async (file: string, shown: string) => {
    const real = await resolveReadable(tenant, file);
    const stats = await stat(real);
    const found = {
      path: root === undefined ? real : shown,
      bytes: stats.size,
      modifiedAt: stats.mtime,
    };
    return { found, stats };
  };
  return {
    find: async (given) => {
      const { found, stats } = await look(placeOf(root, given), given);
      if (!stats.isDirectory()) return found;
      throw new DataError("path_is_folder", `"${given}" is a folder`, {
        hint: 'Name a file, or add "pattern"',
      });
    },
    walk: async function* ({ folder, deep, wanted, passOver = false }: WalkRequest) {
      const place = placeOf(root, folder);
      const real = await resolveReadable(tenant, place);
      if (!(await stat(real)).isDirectory())
        throw new DataError("path_not_folder", `"${folder || root}" is no folder to look for a pattern in`);
      const waiting = [""];
      for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
        for (const entry of await entriesOf(path.join(real, at), passOver && at !== "")) {
          const below = path.posix.join(at, entry.name);
          if (entry.isDirectory()) {
            if (deep) waiting.push(below);
          } else if (wanted(below)) {
            const looked = look(path.join(real, below), path.posix.join(folder, below));
            const one = await (passOver ? looked.catch(() => undefined) : looked);
            if (one?.stats.isFile()) yield one.found;
          }
        }
      }
    },
  };
}

function entriesOf(folder: string, passOver: boolean) {
  const entries = readdir(folder, { withFileTypes: true });
  return passOver ? entries.catch(() => []) : entries;
}
