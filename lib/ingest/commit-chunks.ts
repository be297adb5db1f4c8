import { type AppError, isAppError } from "#lib/errors.ts";
import { refusedResult, takenResult } from "./batch-result.ts";
import type { PreparedEvent } from "./prepare-event.ts";
import { enqueue, untilRoom } from "./queue.ts";
import type { BatchResult } from "./schema.ts";

/** Events that are committed together, or why they are not, in the order they came. */
export type Chunk = readonly (PreparedEvent | AppError)[];

/**
 * Commits one chunk after the other and yields their results in order; while one is committed the next is read. What
 * finds no room waits for it, but for the first chunk: then nothing of the request has been stored yet.
 * @throws AppError `overloaded` for the first chunk.
 */
export async function* commitChunks(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
): AsyncGenerator<BatchResult[]> {
  let index = 0;
  let down: AppError | undefined;
  let before: Promise<BatchResult[]> | undefined;
  const commit = async (chunk: Chunk, first: number): Promise<BatchResult[]> => {
    if (down) return refuseAll(chunk, first, down);
    try {
      return await commitChunk(chunk, first);
    } catch (error) {
      if (!isAppError(error) || error.code === "overloaded") throw error;
      // The database has gone: what follows is not tried, and told so.
      down = error;
      return refuseAll(chunk, first, error);
    }
  };
  for await (const chunk of chunks) {
    const now = commit(chunk, index);
    // Awaited below; until then a failure must not count as unhandled.
    now.catch(() => undefined);
    index += chunk.length;
    if (before) yield await before;
    before = now;
  }
  if (before) yield await before;
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
