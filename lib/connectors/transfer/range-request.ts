import { Readable } from "node:stream";
import { DataError } from "../data-error.ts";
import { cutStream } from "./cut-stream.ts";
import { fileChanged } from "./watched-part.ts";
import { webRequest } from "./web-request.ts";

/** What tells a file on a web server from the one it may become. */
export type WebVersion = { bytes?: number; etag?: string; modified?: string };

/** What an answer says about the file it is of. */
export function versionOf(headers: Headers): WebVersion {
  const length = headers.get("content-length");
  const etag = headers.get("etag");
  const modified = headers.get("last-modified");
  return {
    ...(length !== null && /^\d+$/.test(length) && { bytes: Number(length) }),
    ...(etag && { etag }),
    ...(modified && { modified }),
  };
}

/** Whether two answers are of the same file, as far as both say. */
export function sameVersion(one: WebVersion, other: WebVersion): boolean {
  const both = <T>(a: T | undefined, b: T | undefined) => a === undefined || b === undefined || a === b;
  return both(one.bytes, other.bytes) && both(one.etag, other.etag) && both(one.modified, other.modified);
}

/**
 * The bytes of a web resource from a place on (RFC 9110, 14). A server that knows no ranges sends all; what is not
 * asked for is then passed over.
 * @param refuse makes the error of a status that is none of success.
 * @throws DataError `file_changed` if it is not the version any more
 */
export async function rangeRequest({
  url,
  headers,
  name,
  from,
  end,
  version,
  refuse,
  signal,
}: {
  url: string;
  headers: Record<string, string>;
  name: string;
  from: number;
  end?: number;
  version: WebVersion;
  refuse: (response: Response) => Promise<DataError>;
  signal: AbortSignal;
}): Promise<Readable> {
  const whole = from === 0 && (end === undefined || end === version.bytes);
  const strong = version.etag?.startsWith('"') ? version.etag : undefined;
  const condition = strong ?? version.modified;
  const response = await webRequest({
    url,
    headers: {
      ...headers,
      ...(!whole && { range: `bytes=${from}-${end === undefined ? "" : end - 1}` }),
      ...(!whole && condition && { "if-range": condition }),
    },
    signal,
  });
  const refused = async (error: DataError) => {
    await response.body?.cancel();
    return error;
  };
  if (response.status === 416 || response.status === 412) throw await refused(fileChanged(name));
  if (response.status !== 200 && response.status !== 206) throw await refuse(response);
  const coding = response.headers.get("content-encoding");
  if (coding && coding !== "identity") throw await refused(encoded(name, coding));
  const { bytes: length, ...told } = versionOf(response.headers);
  if (response.status === 200) {
    if (!sameVersion({ ...told, bytes: length }, version)) throw await refused(fileChanged(name));
    return cutStream(bodyOf(response), from, end);
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  if (!range || Number(range[1]) !== from)
    throw await refused(new DataError("unexpected_answer", `The server sent another part of "${name}"`));
  const total = range[2] === "*" ? undefined : Number(range[2]);
  if (!sameVersion({ ...told, bytes: total }, version)) throw await refused(fileChanged(name));
  return bodyOf(response);
}

/** What is thrown for a body that is packed on its way although that was not asked for. */
export function encoded(name: string, coding: string): DataError {
  return new DataError("encoded_answer", `The server sends "${name}" packed on the way (${coding})`, {
    hint: "Have the server send it as it is stored, or store it packed under a name that ends in .gz or .zst.",
  });
}

/** A body as a stream; an error that comes when nobody listens any more ends nothing else. */
function bodyOf(response: Response): Readable {
  const body = response.body ? Readable.fromWeb(response.body as never) : Readable.from([]);
  return body.on("error", () => undefined);
}
