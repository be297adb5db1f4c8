import { DataError, isDataError } from "../data-error.ts";
import { below } from "../files/file-lister.ts";
import type { FolderEntry } from "../files/folder-lister.ts";
import type { SftpSourceConfig } from "../specs/sftp.ts";
import { type SftpSession, STATUS } from "./sftp-session.ts";

/** What is asked about a file; times are seconds. */
export type Attributes = { size: number; mtime: number; isDirectory: () => boolean; isFile: () => boolean };
type Listed = { filename: string; attrs: Attributes & { isSymbolicLink: () => boolean } };

/** What is at a place; undefined if nothing is. @throws DataError `read_denied` */
export function lookAt(open: SftpSession, place: string): Promise<Attributes | undefined> {
  return open
    .call<Attributes>((sftp, done) => sftp.stat(place, done as never))
    .catch((error) => {
      if (statusOf(error) === STATUS.noSuchFile) return undefined;
      throw statusOf(error) === STATUS.denied ? denied("read_denied", place) : error;
    });
}

/** The entries of a folder. @throws DataError `list_denied`, `unknown_folder` */
export async function readFolder(open: SftpSession, place: string): Promise<FolderEntry[]> {
  const listed = await open
    .call<Listed[]>((sftp, done) => sftp.readdir(place, done as never))
    .catch((error) => {
      if (statusOf(error) === STATUS.noSuchFile) throw unknownFolder(place);
      if (statusOf(error) === STATUS.denied) throw denied("list_denied", place);
      throw error;
    });
  const entries: FolderEntry[] = [];
  for (const { filename: name, attrs } of listed) {
    if (name === "." || name === ".." || /[/\0]/.test(name)) continue;
    // Links are followed to files, not to folders: those may lead in a circle.
    const link = attrs.isSymbolicLink();
    const at = link ? await lookAt(open, below(place, name)).catch(() => undefined) : attrs;
    if (!at || !(at.isFile() || (at.isDirectory() && !link))) continue;
    entries.push({ name, folder: at.isDirectory(), bytes: at.size, modifiedAt: moment(at) });
  }
  return entries;
}

/** Where one looks, if it is there. @throws DataError `unknown_folder`, `list_denied` */
export async function lookAtFolder(open: SftpSession, config: SftpSourceConfig): Promise<string> {
  const place = config.path ?? ".";
  try {
    const real = await open.call<string>((sftp, done) => sftp.realpath(place, done as never));
    const at = await open.call<Attributes>((sftp, done) => sftp.stat(place, done as never));
    if (!at.isDirectory()) throw unknownFolder(place, "is no folder");
    return real;
  } catch (error) {
    if (isDataError(error)) throw error;
    if (statusOf(error) === STATUS.denied) throw denied("list_denied", place);
    throw typeof statusOf(error) === "number" ? unknownFolder(place) : error;
  }
}

function unknownFolder(place: string, why = "is not there"): DataError {
  return new DataError("unknown_folder", `The folder "${place}" ${why}.`, {
    hint: "Check the folder. A path without a slash in front begins in the folder one signs in to.",
  });
}

/** What is thrown for what this user may not do. */
export function denied(code: "list_denied" | "read_denied", place: string): DataError {
  const what = code === "list_denied" ? "list" : "read";
  return new DataError(code, `The user that signs in may not ${what} "${place}".`, {
    hint: `Have the user's permissions on it changed so that it may ${what} it.`,
  });
}

/** The status of the server's answer; anything else of all other errors. */
export const statusOf = (error: unknown): unknown =>
  error && typeof error === "object" && "code" in error ? error.code : undefined;
/** When it was changed. */
export const moment = ({ mtime }: { mtime: number }) => new Date(mtime * 1000);
