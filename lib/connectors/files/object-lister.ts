import type { FoundFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import type { FileLister } from "./file-lister.ts";

/**
 * Files of a store of objects, whose keys merely look like paths. Paths are whole keys.
 * @param prefix only keys that begin with it are there at all; without a path, its folders are where one looks.
 * @param list keys that begin with `prefix`, page after page; not `deep`: those without a further `/`. Stops when
 * nobody listens any more.
 * @param head one object, undefined if there is none.
 */
export function objectLister({
  prefix = "",
  list,
  head,
}: {
  prefix?: string;
  list: (request: { prefix: string; deep: boolean }) => AsyncIterable<FoundFile>;
  head: (key: string) => Promise<FoundFile | undefined>;
}): FileLister {
  const folders = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  return {
    find: async (path) => {
      const key = path.replace(/^\/+/, "");
      if (!key.startsWith(prefix)) return undefined;
      const found = key.endsWith("/") ? undefined : await head(key);
      if (found) return found;
      for await (const _ of list({ prefix: `${key.replace(/\/+$/, "")}/`, deep: true }))
        throw new DataError("path_is_folder", `"${path}" is a folder`, {
          hint: 'Name a file, or add "pattern"',
        });
      return undefined;
    },
    walk: async function* ({ folder, deep, begins, wanted }) {
      const place = folder.replace(/^\/+|\/+$/g, "");
      const at = place === "" ? folders : `${place}/`;
      const wish = at + begins;
      // The longer of the two, if one goes on where the other ends; else nothing can be there.
      const from = wish.startsWith(prefix) ? wish : prefix.startsWith(wish) ? prefix : undefined;
      if (from === undefined) return;
      // Nothing that stands directly in the folder begins with such a prefix.
      if (!deep && from.slice(at.length).includes("/")) return;
      for await (const file of list({ prefix: from, deep }))
        if (!file.path.endsWith("/") && wanted(file.path.slice(at.length))) yield file;
    },
  };
}
