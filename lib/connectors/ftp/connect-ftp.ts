import type { Client } from "basic-ftp";
import { DataError } from "../data-error.ts";
import { type ConnectedFiles, nameOf } from "../files/file-lister.ts";
import { folderLister } from "../files/folder-lister.ts";
import { resumingStream } from "../files/resuming-stream.ts";
import type { FtpSourceConfig } from "../specs/ftp.ts";
import { remotePath } from "../transfer/remote-path.ts";
import { ftpWords, openControl } from "./ftp-control.ts";
import { lookAt, modifiedAt, readFolder, UNKNOWN } from "./ftp-folder.ts";
import { openPart } from "./ftp-part.ts";
import { ftpWriting } from "./ftp-writing.ts";

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
  const alone = async <Result>(work: (client: Client) => Promise<Result>): Promise<Result> => {
    let own: Client | undefined;
    try {
      own = await openControl(config, signal);
      return await work(own);
    } catch (error) {
      signal?.throwIfAborted();
      throw words.dataError(error);
    } finally {
      own?.close();
    }
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
    identityOf: (path) => `ftp://${config.username}@${config.host}:${config.port} ${placeOf(path)}`,
    writing: ftpWriting(placeOf, inTurn, alone),
    close: async () => {
      signal?.removeEventListener("abort", end);
      end();
    },
  };
}
