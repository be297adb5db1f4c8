import type { Client, FileInfo } from "basic-ftp";
import type { FoundFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import type { FolderEntry } from "../files/folder-lister.ts";
import type { FtpSourceConfig } from "../specs/ftp.ts";
import { ownWords } from "../staged-check.ts";
import { statusOf } from "./ftp-session.ts";

const FILE = 1;
const FOLDER = 2;
/** What stands for a time that the server did not tell. */
export const UNKNOWN = new Date(0);

/** The entries of a folder. @throws DataError `list_denied`, `unknown_folder` */
export async function readFolder(client: Client, place: string): Promise<FolderEntry[]> {
  let listed: FileInfo[];
  try {
    listed = await client.list(place);
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    throw isDenied(error) ? denied("list_denied", place) : unknownFolder(place);
  }
  return listed
    .filter(({ type, name }) => (type === FILE || type === FOLDER) && isName(name))
    .map(({ name, type, size, modifiedAt }) => ({
      name,
      folder: type === FOLDER,
      bytes: size,
      modifiedAt: modifiedAt ?? UNKNOWN,
    }));
}

const isName = (name: string) => name !== "" && name !== "." && name !== ".." && !/[/\0\r\n]/.test(name);

/** One file; undefined if there is none. A server says 550 to the size of what is no file. */
export async function lookAt(client: Client, place: string, path: string): Promise<FoundFile | undefined> {
  let bytes: number;
  try {
    bytes = await client.size(place);
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    if (await isFolder(client, place))
      throw new DataError("path_is_folder", `"${path}" is a folder`, {
        hint: 'Name a file, or add "pattern"',
      });
    if (isDenied(error)) throw denied("read_denied", place);
    return undefined;
  }
  return { path, bytes, modifiedAt: await modifiedAt(client, place) };
}

/** When a file was changed, if the server tells. */
export async function modifiedAt(client: Client, place: string): Promise<Date> {
  try {
    return await client.lastMod(place);
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return UNKNOWN;
  }
}

/** Whether one can go there; afterwards one is back where one was. */
async function isFolder(client: Client, place: string): Promise<boolean> {
  const home = await client.pwd();
  const there = await client.sendIgnoringError(`CWD ${place}`);
  if (there.code >= 400) return false;
  await client.cd(home);
  return true;
}

/** Where one looks, if it is there. @throws DataError `unknown_folder`, `list_denied` */
export async function lookAtFolder(client: Client, { path }: FtpSourceConfig): Promise<string> {
  const home = await client.pwd();
  if (path === undefined) return home;
  try {
    await client.cd(path);
    const there = await client.pwd();
    await client.cd(home);
    return there;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    throw isDenied(error) ? denied("list_denied", path) : unknownFolder(path);
  }
}

const isDenied = (error: unknown) => /denied|not permitted|permission|not allowed/i.test(ownWords(error));

function unknownFolder(place: string): DataError {
  return new DataError("unknown_folder", `The folder "${place}" is not there.`, {
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
