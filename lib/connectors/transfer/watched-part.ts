import { PassThrough, type Readable } from "node:stream";
import { limits } from "#lib/limits.ts";
import { DataError } from "../data-error.ts";
import { changed } from "../files/resuming-stream.ts";
import { codedError } from "../network/coded-error.ts";

const BUFFER = 1 << 18;

/**
 * A part of a remote file that is given up where it stands still, and whose end is believed only after `atEnd`, which
 * throws if the file is not the one any more. Destroying it destroys what it is made of.
 */
export function watchedPart(source: Readable, atEnd?: () => Promise<void>): Readable {
  let timer: NodeJS.Timeout | undefined;
  const part = new PassThrough({
    highWaterMark: BUFFER,
    transform(chunk, _encoding, done) {
      watch();
      done(null, chunk);
    },
    flush(done) {
      clearTimeout(timer);
      if (!atEnd) return done();
      atEnd().then(
        () => done(),
        (error: Error) => done(error),
      );
    },
  });
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(silent, limits.transferIdleMs).unref();
  };
  const silent = () => {
    // A reader that takes its time is no reason to give up.
    if (part.readableLength > 0 || part.writableLength > 0) return watch();
    part.destroy(codedError("SILENT", "No more bytes came in time"));
  };
  part.once("close", () => {
    clearTimeout(timer);
    source.on("error", () => undefined).destroy();
  });
  source.once("error", (error) => part.destroy(error));
  source.once("close", () => {
    if (!source.readableEnded) part.destroy(codedError("CLOSED", "The connection was closed"));
  });
  watch();
  return source.pipe(part);
}

/** A file that is not what it was when it was opened. Another run begins with what it is then. */
export function fileChanged(name: string): DataError {
  return new DataError("file_changed", changed(name), {
    hint: "Have it written under another name and renamed when it is complete",
    retryable: true,
  });
}
