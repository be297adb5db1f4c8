import type { FileWriting } from "../connector.ts";
import { folderOf, nameOf } from "../files/file-lister.ts";
import { fileExists, fileGone, notWhole, writeDenied } from "../files/write-errors.ts";
import { partsOf } from "../transfer/parts.ts";
import { type Attributes, lookAt, statusOf } from "./sftp-files.ts";
import { type SftpSession, STATUS } from "./sftp-session.ts";

/** Bytes of one request, and requests that are under way at once: a far server answers late, but all of them. */
const REQUEST = 1 << 15;
const AT_ONCE = 16;

/**
 * Writing to a server. Renaming is the protocol's own, which takes no name that is taken already (version 3, 6.5); what
 * is written has a name of its own until it is whole.
 */
export function sftpWriting(
  placeOf: (path: string) => string,
  inWords: <Result>(work: (open: SftpSession) => Promise<Result>) => Promise<Result>,
): FileWriting {
  const remove = (open: SftpSession, place: string) =>
    open
      .call<void>((sftp, done) => sftp.unlink(place, done as never))
      .catch((error) => {
        if (statusOf(error) !== STATUS.noSuchFile) throw error;
      });
  const rename = async (open: SftpSession, from: string, to: string, told: { from: string; to: string }) => {
    try {
      await open.call<void>((sftp, done) => sftp.rename(from, to, done as never));
    } catch (error) {
      if (typeof statusOf(error) !== "number") throw error;
      if (await lookAt(open, to)) throw fileExists(told.to);
      if (!(await lookAt(open, from))) throw fileGone(told.from);
      throw statusOf(error) === STATUS.denied || statusOf(error) === FAILURE ? writeDenied(told.to) : error;
    }
  };
  return {
    move: (from, to) =>
      inWords(async (open) => {
        if (!(await lookAt(open, placeOf(from)))) throw fileGone(from);
        await makeFolder(open, folderOf(placeOf(to)));
        await rename(open, placeOf(from), placeOf(to), { from, to });
      }),
    write: (path, content, token) =>
      inWords(async (open) => {
        const place = placeOf(path);
        const folder = folderOf(place);
        await makeFolder(open, folder);
        const part = `${folder === "" ? "" : `${folder}/`}.${token}.part`;
        try {
          const bytes = await writeAll(open, part, content);
          if ((await lookAt(open, part))?.size !== bytes) throw notWhole(path);
          await rename(open, part, place, { from: nameOf(part), to: path });
          return bytes;
        } catch (error) {
          if (!open.closed()) await remove(open, part).catch(() => undefined);
          throw statusOf(error) === STATUS.denied ? writeDenied(path) : error;
        }
      }),
    remove: (path) => inWords((open) => remove(open, placeOf(path))),
    checkFolder: (folder) => inWords((open) => makeFolder(open, placeOf(folder))),
  };
}

const FAILURE = 4;

/** Makes a folder, and those above it, where they lack. */
async function makeFolder(open: SftpSession, folder: string): Promise<void> {
  if (folder === "" || folder === ".") return;
  const at = await lookAt(open, folder);
  if (at?.isDirectory()) return;
  if (at) throw writeDenied(folder, "There is a file of that name where a folder should be");
  await makeFolder(open, folderOf(folder));
  try {
    await open.call<void>((sftp, done) => sftp.mkdir(folder, done as never));
  } catch (error) {
    // Somebody else may have made it in between.
    if ((await lookAt(open, folder))?.isDirectory()) return;
    throw typeof statusOf(error) === "number" ? writeDenied(folder) : error;
  }
}

async function writeAll(open: SftpSession, place: string, content: AsyncIterable<Buffer>): Promise<number> {
  const handle = await open.call<Buffer>((sftp, done) => sftp.open(place, "w", done as never));
  const waiting = new Set<Promise<void>>();
  let failed: { error: unknown } | undefined;
  let at = 0;
  try {
    for await (const part of partsOf(content, REQUEST)) {
      const offset = at;
      const sent: Promise<void> = open
        .call<void>((sftp, done) => sftp.write(handle, part, 0, part.length, offset, done as never))
        .catch((error) => {
          failed ??= { error };
        })
        .finally(() => waiting.delete(sent));
      waiting.add(sent);
      at += part.length;
      if (waiting.size >= AT_ONCE) await Promise.race(waiting);
      if (failed) throw failed.error;
    }
    await Promise.all(waiting);
    if (failed) throw failed.error;
    return at;
  } finally {
    await open.call<Attributes>((sftp, done) => sftp.close(handle, done as never)).catch(() => undefined);
  }
}
