import { below, type FileLister } from "./file-lister.ts";

/** One entry of a folder. */
export type FolderEntry = { name: string; folder: boolean; bytes: number; modifiedAt: Date };

/**
 * Files of a store with folders.
 * @param read the entries of a folder, relative to the store's root. @throws DataError if it may not be read
 * @param find one file, undefined if there is none.
 */
export function folderLister({
  read,
  find,
}: {
  read: (folder: string) => Promise<FolderEntry[]>;
  find: FileLister["find"];
}): FileLister {
  return {
    find,
    walk: async function* ({ folder, deep, begins, wanted, passOver }) {
      const waiting = [""];
      for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
        const folders: string[] = [];
        const reading = read(below(folder, at));
        const entries = await (passOver && at !== "" ? reading.catch(() => []) : reading);
        for (const { name, folder: isFolder, bytes, modifiedAt } of entries) {
          const path = below(at, name);
          if (isFolder) {
            // Only where what is looked for can begin.
            const inside = `${path}/`;
            if (deep && (begins.startsWith(inside) || inside.startsWith(begins))) folders.push(path);
          } else if (wanted(path)) yield { path: below(folder, path), bytes, modifiedAt };
        }
        waiting.push(...folders.reverse());
      }
    },
  };
}
