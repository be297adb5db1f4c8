import { reach } from "#lib/outbound.ts";
import { DataError } from "../data-error.ts";
import { type ConnectedFiles, nameOf } from "../files/file-lister.ts";
import { folderLister } from "../files/folder-lister.ts";
import { resumingStream } from "../files/resuming-stream.ts";
import { openSocket } from "../network/open-socket.ts";
import type { SftpSourceConfig } from "../specs/sftp.ts";
import { type Explainer, explainer } from "../transfer/explain-failure.ts";
import { remotePath } from "../transfer/remote-path.ts";
import { lookAt, moment, readFolder } from "./sftp-files.ts";
import { openPart } from "./sftp-part.ts";
import { type SftpSession, signIn } from "./sftp-session.ts";
import { sftpWriting } from "./sftp-writing.ts";

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
    return signIn(socket, config, signal).session;
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
  const read = (folder: string) => inWords((open) => readFolder(open, placeOf(folder)));
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
    identityOf: (path) => `sftp://${config.username}@${config.host}:${config.port} ${placeOf(path)}`,
    writing: sftpWriting(placeOf, inWords),
    close: async () => {
      signal?.removeEventListener("abort", end);
      end();
    },
  };
}
