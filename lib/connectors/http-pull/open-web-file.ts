import { PassThrough, type Readable } from "node:stream";
import type { FoundFile, OpenedFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { resumingStream } from "../files/resuming-stream.ts";
import { rangeRequest, sameVersion } from "../transfer/range-request.ts";
import { fileChanged, watchedPart } from "../transfer/watched-part.ts";
import type { Looked, WebSite } from "./web-site.ts";

/** A file whose head was looked at, ready to be read: each part has to be of the same version. */
export function openWebFile(site: WebSite, name: string, { asked: url, version }: Looked): OpenedFile {
  const { bytes } = version;
  const headers = site.headersFor(url);
  const stillThere = async () => {
    const now = await site.look(url);
    if (!now || !sameVersion(now.version, version)) throw fileChanged(name);
  };
  const part = async (from: number, end: number | undefined, signal: AbortSignal) =>
    watchedPart(
      await rangeRequest({ url, headers, name, from, end, version, refuse: site.refuse, signal }),
      end === bytes && (version.etag ?? version.modified) ? stillThere : undefined,
    );
  return {
    name,
    bytes: bytes ?? 0,
    modifiedAt: modifiedAt(version.modified),
    stream: ({ start = 0, end = bytes } = {}) => {
      if (bytes === undefined || end === undefined)
        return endless((stop) => part(start, end, stop), site.dataError, site.signal);
      const last = Math.min(end, bytes);
      return resumingStream({
        name,
        start,
        end: last,
        from: part,
        explain: site.dataError,
        signal: site.signal,
      });
    },
    close: async () => undefined,
  };
}

/** Bytes whose number nobody tells: a drop ends them, and cannot be mended. */
function endless(
  open: (signal: AbortSignal) => Promise<Readable>,
  explain: (error: unknown) => Error,
  signal?: AbortSignal,
): Readable {
  const stop = new AbortController();
  const out = new PassThrough({
    destroy(error, done) {
      stop.abort();
      done(error);
    },
  });
  const fail = (error: unknown) => out.destroy(signal?.aborted ? signal.reason : explain(error));
  open(signal ? AbortSignal.any([signal, stop.signal]) : stop.signal).then((part) => {
    out.once("close", () => part.destroy());
    part.once("error", fail);
    if (out.destroyed) part.destroy();
    else part.pipe(out);
  }, fail);
  return out;
}

/** What a head tells of a file. */
export function webFile(path: string, { version }: Looked): FoundFile {
  return { path, bytes: version.bytes ?? 0, modifiedAt: modifiedAt(version.modified) };
}

/** The beginning of time where the server does not say. */
function modifiedAt(told: string | undefined): Date {
  const moment = new Date(told ?? 0);
  return Number.isNaN(moment.getTime()) ? new Date(0) : moment;
}

/** What is thrown where a file is opened that is not there. */
export function noFile(path: string): DataError {
  return new DataError("file_not_found", `There is no file "${path}"`, { retryable: true });
}
