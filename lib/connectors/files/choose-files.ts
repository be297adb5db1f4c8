import type { FileSourceConfig } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import type { FoundFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import type { FileLister } from "./file-lister.ts";
import { nameTest } from "./match-name.ts";

/**
 * The files a source node names, in the order in which they are read: by name for `all` and `fifo_by_name`; the one
 * changed last for `latest_by_mtime`. `path` alone is a file; with a pattern it is the folder to look in.
 * @throws DataError `path_missing`, `file_not_found`, `no_files`, `too_many_files`
 */
export async function chooseFiles(
  lister: FileLister,
  { path = "", pattern, ordering }: FileSourceConfig,
  now: Date = new Date(),
): Promise<FoundFile[]> {
  if (!pattern) {
    if (path === "") throw new DataError("path_missing", 'A source of files needs "path", or a "pattern"');
    const file = await lister.find(path);
    if (!file) throw new DataError("file_not_found", `There is no file "${path}"`, { retryable: true });
    return [file];
  }
  const folder = path.length > 1 ? path.replace(/\/+$/, "") : path;
  const { test, deep, begins } = nameTest(pattern, now);
  const found: FoundFile[] = [];
  for await (const file of lister.walk({ folder, deep, begins, wanted: test })) {
    found.push(file);
    if (found.length > limits.filesPerSource)
      throw new DataError("too_many_files", `More than ${limits.filesPerSource} files match`);
  }
  if (found.length === 0) {
    const place = path === "" ? "No file" : `No file in "${path}"`;
    throw new DataError("no_files", `${place} matches ${pattern.value}`, { retryable: true });
  }
  found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  if (ordering !== "latest_by_mtime") return found;
  const latest = found.reduce((best, file) => (file.modifiedAt >= best.modifiedAt ? file : best));
  return [latest];
}
