import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import path from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const POLL_MS = 2;
const WAKE_MS = 100;
const run = promisify(execFile);

/** Makes a FIFO in a folder. Reads and writes on our side go through the event loop, never through its threads. */
export async function makeFifo(folder: string): Promise<string> {
  const fifo = path.join(folder, `${randomUUID()}.fifo`);
  await run("mkfifo", ["-m", "600", fifo]);
  return fifo;
}

/**
 * Runs a query that reads a FIFO while its bytes are written. Ends when both have; the first failure wins, but a
 * failure of the bytes is preferred, because the query's is then only its consequence.
 */
export async function whileFeeding<T>(
  fifo: string,
  chunks: AsyncIterable<Buffer>,
  query: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const answer = query().finally(() => over.abort());
  const feed = write(fifo, chunks, over.signal).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const wake = setInterval(() => void (feedEnded && wakeReader(fifo)), WAKE_MS);
  let feedEnded = false;
  const fed = feed.finally(() => {
    feedEnded = true;
  });
  try {
    const [result, failed] = await Promise.all([answer.then(ok, notOk), fed]);
    if (failed) throw failed.error;
    if ("error" in result) throw result.error;
    return result.value;
  } finally {
    clearInterval(wake);
    rmSync(fifo, { force: true });
  }
}

const ok = <T>(value: T) => ({ value });
const notOk = (error: unknown) => ({ error });

/** A reader that waits in open() gets an empty file, so that no thread is stuck there for ever. */
function wakeReader(fifo: string): void {
  const fd = openForWriting(fifo);
  if (fd !== undefined) closeSync(fd);
}

function openForWriting(fifo: string): number | undefined {
  try {
    return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // Nobody reads yet.
    return undefined;
  }
}

/** @param over aborts when nobody will read any more. */
async function write(fifo: string, chunks: AsyncIterable<Buffer>, over: AbortSignal): Promise<void> {
  let fd = openForWriting(fifo);
  while (fd === undefined) {
    if (over.aborted) return;
    await delay(POLL_MS);
    fd = openForWriting(fifo);
  }
  const socket = new Socket({ fd, readable: false, writable: true });
  const closed = new Promise<void>((resolve) => socket.once("close", resolve));
  // The reader went away; why, the query says.
  socket.on("error", () => undefined);
  const stop = () => socket.destroy();
  over.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of chunks) {
      if (over.aborted || socket.destroyed) return;
      if (!socket.write(chunk)) await eventOrClose(socket, "drain");
    }
    if (over.aborted || socket.destroyed) return;
    socket.end();
    await eventOrClose(socket, "finish");
  } finally {
    over.removeEventListener("abort", stop);
    socket.destroy();
    await closed;
  }
}

/** Waits for an event of a stream, or for its end, and leaves nothing behind: there is one wait for every chunk. */
export function eventOrClose(stream: Writable, event: "drain" | "finish"): Promise<void> {
  if (stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = () => {
      stream.off(event, go);
      stream.off("close", go);
      resolve();
    };
    stream.once(event, go);
    stream.once("close", go);
  });
}

/** Opens a FIFO for reading what a query writes; `close` ends it if the query never opened its end. */
export function readFifo(fifo: string): Socket {
  const fd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}
