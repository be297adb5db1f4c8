import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { FileSourceStep } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { DataError } from "../data-error.ts";
import { nameTest } from "./match-name.ts";
import { resolveReadable } from "./open-file.ts";

/** A file that a source will read. It is checked again when it is opened. */
export type FoundFile = { path: string; bytes: number; modifiedAt: Date };

/**
 * The files a source names, in the order in which they are read: by name for `all` and `fifo_by_name`; the one changed
 * last for `latest_by_mtime`.
 * @throws DataError `no_files` if nothing matches, and as `openFile`.
 */
export async function listFiles({
  tenant,
  config,
  now = new Date(),
}: {
  tenant: string;
  config: FileSourceStep["config"];
  now?: Date;
}): Promise<FoundFile[]> {
  if (!config.path) throw new DataError("path_missing", 'A local_fs source needs "path"');
  const real = await resolveReadable(tenant, config.path);
  const stats = await stat(real);
  if (!config.pattern) {
    if (stats.isDirectory())
      throw new DataError("path_is_folder", `"${config.path}" is a folder`, {
        hint: 'Name a file, or add "pattern"',
      });
    return [{ path: real, bytes: stats.size, modifiedAt: stats.mtime }];
  }
  if (!stats.isDirectory())
    throw new DataError("path_not_folder", `"${config.path}" is no folder to look for a pattern in`);
  const found = await matching(tenant, real, nameTest(config.pattern, now));
  if (found.length === 0)
    throw new DataError("no_files", `No file in "${config.path}" matches ${config.pattern.value}`, {
      retryable: true,
    });
  found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  if (config.ordering !== "latest_by_mtime") return found;
  const latest = found.reduce((best, file) => (file.modifiedAt >= best.modifiedAt ? file : best));
  return [latest];
}

async function matching(
  tenant: string,
  folder: string,
  { test, deep }: ReturnType<typeof nameTest>,
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const walk = async (at: string) => {
    for (const entry of await readdir(at, { withFileTypes: true })) {
      const file = path.join(at, entry.name);
      if (entry.isDirectory()) {
        if (deep) await walk(file);
        continue;
      }
      if (!test(path.relative(folder, file).split(path.sep).join("/"))) continue;
      const real = await resolveReadable(tenant, file);
      const stats = await stat(real);
      if (stats.isFile()) found.push({ path: real, bytes: stats.size, modifiedAt: stats.mtime });
      if (found.length > limits.filesPerSource)
        throw new DataError("too_many_files", `More than ${limits.filesPerSource} files match`);
    }
  };
  await walk(folder);
  return found;
}
