import { PassThrough, type Readable } from "node:stream";
import type { Client, FileInfo } from "basic-ftp";
import { reach } from "#lib/outbound.ts";
import type { FoundFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { type ConnectedFiles, nameOf } from "../files/file-lister.ts";
import { type FolderEntry, folderLister } from "../files/folder-lister.ts";
import { resumingStream } from "../files/resuming-stream.ts";
import { openSocket } from "../network/open-socket.ts";
import type { FtpSourceConfig } from "../specs/ftp.ts";
import { ownWords } from "../staged-check.ts";
import { cutStream } from "../transfer/cut-stream.ts";
import { type Explainer, explainer } from "../transfer/explain-failure.ts";
import { remotePath } from "../transfer/remote-path.ts";
import { fileChanged, watchedPart } from "../transfer/watched-part.ts";
import { connectionFailure, encrypted, greeted, signedIn, statusOf } from "./ftp-session.ts";

const FILE = 1;
const FOLDER = 2;
/** What stands for a time that the server did not tell. */
const UNKNOWN = new Date(0);

/** How failures of a configured server are put into words. */
export function ftpWords({ host, port, ssl_root_cert: ca }: FtpSourceConfig): Explainer {
  const { finding, dataError } = explainer({
    place: { host, port, ca },
    network: { tls: "tls", ca: "ssl_root_cert" },
    fields: {
      wrong_protocol: "port",
      tls_refused: "tls",
      tls_required: "tls",
      wrong_credentials: "password",
      too_many_connections: "host",
      forbidden_address: "host",
      unknown_folder: "path",
      list_denied: "path",
      read_denied: "path",
    },
    system: "The FTP server",
  });
  return {
    finding: (stage, error) => finding(stage, connectionFailure(error)),
    dataError: (error) => dataError(connectionFailure(error)),
  };
}

/** A control connection that is signed in; the signal closes it. */
export async function openControl(config: FtpSourceConfig, signal?: AbortSignal): Promise<Client> {
  const socket = await openSocket(await reach(config), signal);
  const stop = () => socket.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const client = await greeted(socket, signal);
    if (config.tls !== "off") await encrypted(client, config);
    await signedIn(client, config);
    return client;
  } catch (error) {
    socket.destroy();
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** Signs in; the signal closes the connections. @throws DataError */
export async function connectFtp(
  config: FtpSourceConfig,
  { signal }: { signal?: AbortSignal },
): Promise<ConnectedFiles> {
  try {
    return ftpFiles(config, await openControl(config, signal), { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw ftpWords(config).dataError(error);
  }
}

/** Files over a control connection, which is opened again if the server closed it; each stream has one of its own. */
export function ftpFiles(
  config: FtpSourceConfig,
  first: Client,
  { signal }: { signal?: AbortSignal },
): ConnectedFiles {
  const words = ftpWords(config);
  let control = first;
  let ended = false;
  let turn: Promise<unknown> = Promise.resolve();
  const end = () => {
    ended = true;
    control.close();
  };
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  const ask = async <Result>(work: (client: Client) => Promise<Result>): Promise<Result> => {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      try {
        if (control.closed && !ended) control = await openControl(config, signal);
        return await work(control);
      } catch (error) {
        signal?.throwIfAborted();
        // A server closes a connection that was idle for long; what is asked changes nothing there.
        if (!control.closed || ended || attempt > 1) throw words.dataError(error);
      }
    }
  };
  /** One connection does one thing at a time. */
  const inTurn = <Result>(work: (client: Client) => Promise<Result>): Promise<Result> => {
    const mine = turn.then(() => ask(work));
    turn = mine.catch(() => undefined);
    return mine;
  };
  const placeOf = (path: string) => remotePath(config.path, path);
  const find = (path: string) => inTurn((client) => lookAt(client, placeOf(path), path));
  const lister = folderLister({
    find,
    read: (folder) => inTurn((client) => readFolder(client, placeOf(folder))),
  });
  return {
    find,
    walk: async function* (request) {
      for await (const file of lister.walk(request))
        yield file.modifiedAt === UNKNOWN
          ? { ...file, modifiedAt: await inTurn((client) => modifiedAt(client, placeOf(file.path))) }
          : file;
    },
    open: async (path) => {
      const found = await find(path);
      if (!found) throw new DataError("file_not_found", `There is no file "${path}"`, { retryable: true });
      const name = nameOf(path);
      const part = { place: placeOf(path), name, version: found };
      const from = (start: number, to: number, stop: AbortSignal) =>
        openPart(config, { ...part, start, end: to }, stop);
      return {
        name,
        bytes: found.bytes,
        modifiedAt: found.modifiedAt,
        stream: ({ start = 0, end: to = found.bytes } = {}) =>
          resumingStream({
            name,
            start,
            end: Math.min(to, found.bytes),
            from,
            explain: words.dataError,
            signal,
          }),
        close: async () => undefined,
      };
    },
    close: async () => {
      signal?.removeEventListener("abort", end);
      end();
    },
  };
}

type Part = { place: string; name: string; start: number; end: number; version: FoundFile };

/** A part of a file over a connection of its own; the file has to be the same before and after. */
async function openPart(
  config: FtpSourceConfig,
  { place, name, start, end, version }: Part,
  signal: AbortSignal,
): Promise<Readable> {
  const client = await openControl(config, signal);
  const unchanged = async () => {
    const now = await lookAt(client, place, name).catch((error) => {
      throw connectionFailure(error);
    });
    if (now?.bytes !== version.bytes || now.modifiedAt.getTime() !== version.modifiedAt.getTime())
      throw fileChanged(name);
  };
  try {
    await unchanged();
  } catch (error) {
    client.close();
    throw error;
  }
  const sink = new PassThrough();
  const sent = client.downloadTo(sink, place, start);
  sent.catch((error) => sink.destroy(readFailure(error, place)));
  const whole = end === version.bytes;
  const part = watchedPart(whole ? sink : cutStream(sink, 0, end - start), async () => {
    if (!whole) return;
    // All bytes came only if the server says so.
    await sent.catch((error) => {
      throw readFailure(error, place);
    });
    await unchanged();
  });
  part.once("close", () => client.close());
  return part;
}

function readFailure(error: unknown, place: string): Error {
  if (statusOf(error) === 550) return denied("read_denied", place);
  // The data connection broke, or the server gave up: the rest may come later.
  if (statusOf(error) !== undefined)
    return new DataError("connection_closed", `The server broke off: ${ownWords(error)}`, {
      retryable: true,
    });
  return connectionFailure(error) as Error;
}

async function readFolder(client: Client, place: string): Promise<FolderEntry[]> {
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
async function lookAt(client: Client, place: string, path: string): Promise<FoundFile | undefined> {
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

async function modifiedAt(client: Client, place: string): Promise<Date> {
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

function denied(code: "list_denied" | "read_denied", place: string): DataError {
  const what = code === "list_denied" ? "list" : "read";
  return new DataError(code, `The user that signs in may not ${what} "${place}".`, {
    hint: `Have the user's permissions on it changed so that it may ${what} it.`,
  });
}
