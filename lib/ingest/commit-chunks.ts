import { type AppError, isAppError } from "#lib/errors.ts";
import { refusedResult, takenResult } from "./batch-result.ts";
import type { PreparedEvent } from "./prepare-event.ts";
import { enqueue, untilRoom } from "./queue.ts";
import type { BatchResult } from "./schema.ts";

/** Events that are committed together, or why they are not, in the order they came. */
export type Chunk = readonly (PreparedEvent | AppError)[];

/** Chunks that are committed or wait for it at once: while one is committed, the next is read. */
const AHEAD = 2;

/** What of a request is being committed, for whoever reads on meanwhile. */
export type Pace = { settled: Promise<unknown> };

/**
 * Commits one chunk after the other and yields the results of each, in order, as soon as it is committed. What finds no
 * room waits for it, but for the first chunk: then nothing of the request has been stored yet.
 * @param pace is kept up to date.
 * @throws AppError `overloaded` for the first chunk; whatever reading the chunks throws.
 */
export async function* commitChunks(
  chunks: AsyncGenerator<Chunk> | Iterable<Chunk>,
  pace?: Pace,
): AsyncGenerator<BatchResult[]> {
  const source = Symbol.asyncIterator in chunks ? chunks : fromIterable(chunks);
  const commit = committer();
  const committing: Promise<BatchResult[]>[] = [];
  let reading: Promise<IteratorResult<Chunk>> | undefined = quietly(source.next());
  try {
    while (reading || committing.length > 0) {
      const [first] = committing;
      const readOn = committing.length < AHEAD ? reading : undefined;
      const next = await Promise.race([
        ...(first ? [first.then((results) => ({ results }))] : []),
        ...(readOn ? [readOn.then((read) => ({ read }))] : []),
      ]);
      if (!next) break;
      if ("results" in next) {
        committing.shift();
        yield next.results;
      } else if (next.read.done) {
        reading = undefined;
      } else {
        committing.push(quietly(commit(next.read.value)));
        if (pace) pace.settled = Promise.allSettled(committing);
        reading = quietly(source.next());
      }
    }
  } finally {
    await source.return(undefined);
  }
}

async function* fromIterable(chunks: Iterable<Chunk>): AsyncGenerator<Chunk> {
  yield* chunks;
}

/** Somebody awaits it later; until then its failure must not count as unhandled. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Commits chunks, counting their events; once the database has gone, what follows is not tried, and told so. */
function committer(): (chunk: Chunk) => Promise<BatchResult[]> {
  let index = 0;
  let down: AppError | undefined;
  return async (chunk) => {
    const first = index;
    index += chunk.length;
    if (down) return refuseAll(chunk, first, down);
    try {
      return await commitChunk(chunk, first);
    } catch (error) {
      if (!isAppError(error) || error.code === "overloaded") throw error;
      down = error;
      return refuseAll(chunk, first, error);
    }
  };
}

async function commitChunk(chunk: Chunk, first: number): Promise<BatchResult[]> {
  const ready = chunk.filter((entry): entry is PreparedEvent => !isAppError(entry));
  const outcomes = ready.length === 0 ? [] : await enqueueWhenThereIsRoom(ready, first > 0);
  let at = 0;
  return chunk.map((entry, offset) => {
    const index = first + offset;
    if (isAppError(entry)) return refusedResult(index, entry);
    const outcome = outcomes[at++];
    if (!outcome) throw new Error("A flush answers for each of its events");
    return takenResult(index, entry, outcome);
  });
}

async function enqueueWhenThereIsRoom(events: readonly PreparedEvent[], wait: boolean) {
  for (;;) {
    try {
      return await enqueue(events);
    } catch (error) {
      if (!wait || !isAppError(error) || error.code !== "overloaded") throw error;
      await untilRoom();
    }
  }
}

function refuseAll(chunk: Chunk, first: number, because: AppError): BatchResult[] {
  return chunk.map((entry, offset) => refusedResult(first + offset, isAppError(entry) ? entry : because));
}
