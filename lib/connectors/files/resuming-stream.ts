import { addAbortSignal, Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { DataError, isDataError } from "../data-error.ts";

/** Attempts in a row that bring no byte. */
const ATTEMPTS = 5;
const WAIT_MS = 100;

/**
 * Bytes of a stored file that go on where a connection broke. The part that is open is destroyed with the stream.
 * @param from opens the bytes from `start` up to `end` (excluded) of the very same version of the file, or throws a
 * DataError, such as `file_changed`; what is not `retryable` ends the stream.
 * @param explain what an error of the connection means.
 */
export function resumingStream({
  name,
  start,
  end,
  from,
  explain,
  signal,
}: {
  name: string;
  start: number;
  end: number;
  from: (start: number, end: number, signal: AbortSignal) => Promise<Readable>;
  explain: (error: unknown) => DataError;
  signal?: AbortSignal;
}): Readable {
  const gone = new AbortController();
  const either = signal ? AbortSignal.any([signal, gone.signal]) : gone.signal;
  const bytes = parts();
  return new Readable({
    read() {
      bytes.next().then(
        ({ value, done }) => this.push(done ? null : value),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      gone.abort();
      bytes.return(undefined).catch(() => undefined);
      done(error);
    },
  });

  async function* parts(): AsyncGenerator<Buffer> {
    let at = start;
    let failures = 0;
    while (at < end) {
      let part: Readable | undefined;
      try {
        part = addAbortSignal(either, await from(at, end, either));
        for await (const chunk of part as AsyncIterable<Buffer>) {
          at += chunk.length;
          failures = 0;
          yield chunk;
        }
        if (at < end) throw new DataError("connection_closed", brokenOff(name, at), { retryable: true });
        if (at > end) throw new DataError("file_changed", changed(name), { retryable: true });
      } catch (error) {
        either.throwIfAborted();
        const known = isDataError(error) ? error : explain(error);
        if (!known.retryable || known.code === "file_changed" || ++failures >= ATTEMPTS) throw known;
        await wait(WAIT_MS * 2 ** (failures - 1), undefined, { signal: either });
      } finally {
        part?.destroy();
      }
    }
  }
}

/** What is said of a file that is not the one any more of which the beginning was read. */
export function changed(name: string): string {
  return `"${name}" was replaced while it was read`;
}

function brokenOff(name: string, at: number): string {
  return `"${name}" broke off after ${at.toLocaleString("en")} bytes`;
}
