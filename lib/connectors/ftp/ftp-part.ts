import { PassThrough, type Readable } from "node:stream";
import type { FoundFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import type { FtpSourceConfig } from "../specs/ftp.ts";
import { ownWords } from "../staged-check.ts";
import { cutStream } from "../transfer/cut-stream.ts";
import { fileChanged, watchedPart } from "../transfer/watched-part.ts";
import { openControl } from "./ftp-control.ts";
import { denied, lookAt } from "./ftp-folder.ts";
import { connectionFailure, statusOf } from "./ftp-session.ts";

type Part = { place: string; name: string; start: number; end: number; version: FoundFile };

/** A part of a file over a connection of its own; the file has to be the same before and after. */
export async function openPart(
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
