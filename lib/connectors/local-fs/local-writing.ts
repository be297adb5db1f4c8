import { constants } from "node:fs";
import { link, lstat, open, rename, rm, stat, unlink } from "node:fs/promises";
import path from "node:path";
import type { FileWriting } from "../connector.ts";
import { DataError, isDataError } from "../data-error.ts";
import { fileExists, fileGone, notWhole } from "../files/write-errors.ts";
import { placeOf } from "./local-lister.ts";
import { inWords, openWriteFolder, type WriteFolder } from "./write-folder.ts";

/** Where a file system knows no second names for a file. */
const NO_LINKS = new Set(["EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** Writing in the folders of this machine that a tenant may write to. @param root as of the lister */
export function localWriting({ tenant, root }: { tenant: string; root?: string }): FileWriting {
  /** Opens the folder that a path is in, and tells the path's last part. */
  const inFolder = async <T>(
    given: string,
    make: boolean,
    work: (folder: WriteFolder, name: string) => Promise<T>,
  ): Promise<T> => {
    const place = placeOf(root, given);
    const folder = await openWriteFolder(tenant, path.dirname(place), { make });
    try {
      return await work(folder, path.basename(place));
    } catch (error) {
      throw isDataError(error) ? error : inWords(error, given);
    } finally {
      await folder.close();
    }
  };
  return {
    move: (from, to) =>
      inFolder(from, false, async (source, name) => {
        const stats = await lstat(source.at(name));
        if (!stats.isFile())
          throw new DataError("path_refused", `"${from}" is no file itself, but leads to one`);
        await inFolder(to, true, (target, newName) =>
          moveFile(source.at(name), target, newName, { from, to }),
        );
      }),
    write: (given, content, token) =>
      inFolder(given, true, async (folder, name) => {
        const { bytes, part } = await writePart(folder, content, token);
        await placePart(part, folder.at(name), given);
        return bytes;
      }),
    remove: (given) => inFolder(given, false, (folder, name) => rm(folder.at(name), { force: true })),
    checkFolder: async (given) => {
      const folder = await openWriteFolder(tenant, placeOf(root, given), { make: true });
      await folder.close();
    },
  };
}

async function moveFile(
  from: string,
  target: WriteFolder,
  name: string,
  told: { from: string; to: string },
): Promise<void> {
  const to = target.at(name);
  try {
    await renameOnto(from, to, told.to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    await copyAcross(from, target, name, told);
  }
}

/** Gives a file another name, which must be free: a second name first, so that nothing can be written over. */
async function renameOnto(from: string, to: string, shown: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "EEXIST") throw fileExists(shown);
    if (!NO_LINKS.has(code)) throw error;
    if (await exists(to)) throw fileExists(shown);
    return rename(from, to);
  }
  try {
    await unlink(from);
  } catch (error) {
    // Somebody else took it in between: it is theirs, or nobody may take it from its folder.
    await unlink(to);
    throw error;
  }
}

/** To another file system: a checked copy under a name of its own, and then the file is taken away. */
async function copyAcross(
  from: string,
  target: WriteFolder,
  name: string,
  told: { from: string; to: string },
): Promise<void> {
  const before = await stat(from);
  const handle = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const content = handle.createReadStream({ autoClose: false });
    const { bytes, part } = await writePart(target, content, `${name}.${process.pid}`);
    const after = await stat(from);
    const same = after.size === before.size && after.mtimeMs === before.mtimeMs && after.ino === before.ino;
    if (bytes !== before.size || !same) {
      await rm(part, { force: true });
      throw same
        ? notWhole(told.to)
        : new DataError("file_changed", `"${told.from}" was written to while it was moved`, {
            retryable: true,
          });
    }
    const written = await open(part, constants.O_RDWR);
    await written.utimes(before.atime, before.mtime).finally(() => written.close());
    await placePart(part, target.at(name), told.to);
    await unlink(from).catch((error) => {
      if (error.code === "ENOENT") throw fileGone(told.from);
      throw error;
    });
  } finally {
    await handle.close();
  }
}

async function writePart(folder: WriteFolder, content: AsyncIterable<Buffer>, token: string) {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const part = folder.at(`.${token}.part`);
  const handle = await open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644);
  let bytes = 0;
  try {
    for await (const chunk of content) {
      await handle.writeFile(chunk);
      bytes += chunk.length;
    }
    await handle.sync();
    if ((await handle.stat()).size !== bytes) throw notWhole(part);
    return { bytes, part };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function placePart(part: string, to: string, shown: string): Promise<void> {
  try {
    await renameOnto(part, to, shown);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

const exists = (file: string): Promise<boolean> =>
  lstat(file).then(
    () => true,
    () => false,
  );
