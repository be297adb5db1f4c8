import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError, isAppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { parseJson } from "#lib/parse-json.ts";
import { type Chunk, commitChunks } from "./commit-chunks.ts";
import { instantOf } from "./instant.ts";
import { type PreparedEvent, prepareEvent } from "./prepare-event.ts";
import type { BatchResult } from "./schema.ts";
import type { Writer } from "./writer.ts";

/**
 * Takes several events: each is accepted or refused by itself, and those of a chunk are committed together.
 * @param events each as JSON gave it. @returns their results, in order, as they are committed.
 * @throws AppError `too_large` beyond `limits.batchEvents`; `overloaded`.
 */
export async function* ingestBatch({
  ctx,
  events,
}: {
  ctx: Ctx;
  events: readonly unknown[];
}): AsyncGenerator<BatchResult> {
  requirePermission(ctx, "events.write");
  requireBatchSize(events.length);
  const texts = events.map((event) => JSON.stringify(event) ?? "null");
  for await (const results of commitChunks(chunksOf(ctx, texts))) yield* results;
}

/** @throws AppError `too_large` for more events than one batch may hold. */
export function requireBatchSize(count: number): void {
  if (count <= limits.batchEvents) return;
  const told = `A batch may have at most ${limits.batchEvents} events; as application/x-ndjson there is no limit.`;
  throw new AppError("too_large", told);
}

/** Chunks of events that are texts of JSON. */
export function* chunksOf(writer: Writer, texts: readonly string[]): Generator<Chunk> {
  for (let at = 0; at < texts.length; at += limits.chunkEvents)
    yield texts.slice(at, at + limits.chunkEvents).map((text) => prepareText(writer, text));
}

/** Chunks of events that a fault of one cannot have harmed: the whole text has been checked. */
export function* chunksOfValues(writer: Writer, values: readonly unknown[], bytes: number): Generator<Chunk> {
  const each = Math.ceil(bytes / Math.max(1, values.length));
  const now = instantOf(new Date());
  for (let at = 0; at < values.length; at += limits.chunkEvents)
    yield values
      .slice(at, at + limits.chunkEvents)
      .map((value) => orRefusal(() => prepareEvent(writer, value, each, now)));
}

/** Reads one event from its text. */
export function prepareText(writer: Writer, text: string): PreparedEvent | AppError {
  return orRefusal(() => {
    const bytes = text.length > limits.eventBytes / 4 ? Buffer.byteLength(text) : text.length;
    if (bytes > limits.eventBytes) throw tooLong();
    return prepareEvent(writer, parseJson(text, limits.eventDepth), bytes, instantOf(new Date()));
  });
}

/** The refusal of an event that is larger than one may be. */
export function tooLong(): AppError {
  return new AppError("too_large", `One event may have at most ${limits.eventBytes} bytes.`);
}

/** What a check gives, or the error it throws, if that is one of ours. */
export function orRefusal<T>(check: () => T): T | AppError {
  try {
    return check();
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
}
