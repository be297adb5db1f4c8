import { Readable } from "node:stream";
import { reach } from "#lib/outbound.ts";
import { DataError, isDataError } from "../data-error.ts";
import { below, type ConnectedFiles, nameOf } from "../files/file-lister.ts";
import { type FolderEntry, folderLister } from "../files/folder-lister.ts";
import { resumingStream } from "../files/resuming-stream.ts";
import { openSocket } from "../network/open-socket.ts";
import type { SftpSourceConfig } from "../specs/sftp.ts";
import { type Explainer, explainer } from "../transfer/explain-failure.ts";
import { remotePath } from "../transfer/remote-path.ts";
import { fileChanged, watchedPart } from "../transfer/watched-part.ts";
import { readAhead } from "./read-ahead.ts";
import { type SftpSession, STATUS, signIn } from "./sftp-session.ts";

/** What is asked about a file; times are seconds. */
type Attributes = { size: number; mtime: number; isDirectory: () => boolean; isFile: () => boolean };
type Listed = { filename: string; attrs: Attributes & { isSymbolicLink: () => boolean } };

/** How failures of a configured server are put into words. */
export function sftpWords({ host, port, private_key }: SftpSourceConfig): Explainer {
  return explainer({
    place: { host, port },
    network: {},
    fields: {
      wrong_host_key: "host_key",
      wrong_passphrase: "passphrase",
      unreadable_key: "private_key",
      wrong_credentials: private_key === undefined ? "password" : "private_key",
      wrong_protocol: "port",
      no_access: "username",
      unknown_folder: "path",
      list_denied: "path",
      read_denied: "path",
    },
    system: "The SFTP server",
  });
}

/** Signs in; the signal closes the connection. @throws DataError */
export async function connectSftp(
  config: SftpSourceConfig,
  { signal }: { signal?: AbortSignal },
): Promise<ConnectedFiles> {
  const connect = async () => {
    const socket = await openSocket(await reach(config), signal);
    return signIn(socket, config).session;
  };
  try {
    return sftpFiles(config, await connect(), { connect, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw sftpWords(config).dataError(error);
  }
}

/** Files over a session; one that was closed is opened again where they go on. */
export function sftpFiles(
  config: SftpSourceConfig,
  session: SftpSession,
  { connect, signal }: { connect: () => Promise<SftpSession>; signal?: AbortSignal },
): ConnectedFiles {
  const words = sftpWords(config);
  let current = Promise.resolve(session);
  let ended = false;
  const end = () => {
    ended = true;
    current.then((open) => open.close()).catch(() => undefined);
  };
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  const live = async (): Promise<SftpSession> => {
    const before = current;
    const open = await before.catch(() => undefined);
    if (open && !open.closed()) return open;
    signal?.throwIfAborted();
    if (ended) throw new DataError("connection_closed", "The connection was closed", { retryable: true });
    if (current === before) current = connect();
    return current;
  };
  const inWords = async <Result>(work: (open: SftpSession) => Promise<Result>): Promise<Result> => {
    try {
      return await work(await live());
    } catch (error) {
      signal?.throwIfAborted();
      throw words.dataError(error);
    }
  };
  const placeOf = (path: string) => remotePath(config.path, path) || ".";
  const lookAt = (open: SftpSession, place: string) =>
    open
      .call<Attributes>((sftp, done) => sftp.stat(place, done as never))
      .catch((error) => {
        if (statusOf(error) === STATUS.noSuchFile) return undefined;
        throw statusOf(error) === STATUS.denied ? denied("read_denied", place) : error;
      });
  const read = (folder: string) =>
    inWords(async (open) => {
      const place = placeOf(folder);
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
    });
  const find = (path: string) =>
    inWords(async (open) => {
      const at = await lookAt(open, placeOf(path));
      if (at?.isDirectory())
        throw new DataError("path_is_folder", `"${path}" is a folder`, {
          hint: 'Name a file, or add "pattern"',
        });
      return at && { path, bytes: at.size, modifiedAt: moment(at) };
    });
  return {
    ...folderLister({ read, find }),
    open: async (path) => {
      const found = await find(path);
      if (!found) throw new DataError("file_not_found", `There is no file "${path}"`, { retryable: true });
      const name = nameOf(path);
      const from = async (start: number, to: number) =>
        openPart(await live(), { place: placeOf(path), name, start, end: to, version: found });
      const { bytes, modifiedAt } = found;
      return {
        name,
        bytes,
        modifiedAt,
        stream: ({ start = 0, end: to = bytes } = {}) =>
          resumingStream({ name, start, end: Math.min(to, bytes), from, explain: words.dataError, signal }),
        close: async () => undefined,
      };
    },
    close: async () => {
      signal?.removeEventListener("abort", end);
      end();
    },
  };
}

type Part = {
  place: string;
  name: string;
  start: number;
  end: number;
  version: { bytes: number; modifiedAt: Date };
};

/** A part of a file, which has to be the same before and after. */
async function openPart(open: SftpSession, { place, name, start, end, version }: Part): Promise<Readable> {
  const handle = await open
    .call<Buffer>((sftp, done) => sftp.open(place, "r", done as never))
    .catch((error) => {
      if (statusOf(error) === STATUS.noSuchFile) throw fileChanged(name);
      throw statusOf(error) === STATUS.denied ? denied("read_denied", place) : error;
    });
  const close = () =>
    open.call<void>((sftp, done) => sftp.close(handle, done as never)).catch(() => undefined);
  const unchanged = async () => {
    const now = await open.call<Attributes>((sftp, done) => sftp.fstat(handle, done as never));
    if (now.size !== version.bytes || moment(now).getTime() !== version.modifiedAt.getTime())
      throw fileChanged(name);
  };
  try {
    await unchanged();
  } catch (error) {
    await close();
    throw error;
  }
  const chunks = readAhead(open, { handle, name, start, end });
  const part = watchedPart(Readable.from(chunks, { objectMode: false }), unchanged);
  part.once("close", close);
  return part;
}

const statusOf = (error: unknown): unknown =>
  error && typeof error === "object" && "code" in error ? error.code : undefined;
const moment = ({ mtime }: { mtime: number }) => new Date(mtime * 1000);

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

function denied(code: "list_denied" | "read_denied", place: string): DataError {
  const what = code === "list_denied" ? "list" : "read";
  return new DataError(code, `The user that signs in may not ${what} "${place}".`, {
    hint: `Have the user's permissions on it changed so that it may ${what} it.`,
  });
}
