import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError, isAppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { parseJson } from "#lib/parse-json.ts";
import { fromCloudEvent } from "./cloud-event.ts";
import { type Chunk, commitChunks } from "./commit-chunks.ts";
import { elementTexts, levelsAround } from "./element-texts.ts";
import { chunksOf, chunksOfValues, orRefusal, requireBatchSize, tooLong } from "./ingest-batch.ts";
import { commitOne, type Ingested } from "./ingest-event.ts";
import { instantOf } from "./instant.ts";
import { notingRefusal, notingRefusals } from "./note-refused-tenant.ts";
import { prepareEvent } from "./prepare-event.ts";
import type { BatchResult } from "./schema.ts";

/** What a body held: one event, or several, whose results come as they are committed. */
export type IngestedBody = { one: Ingested } | { results: AsyncGenerator<BatchResult[]> };

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Takes a body that is not a stream: an event, a list of them, `{events}`, or a CloudEvent (or a list of those).
 * @param cloud whether the body is CloudEvents JSON.
 * @throws AppError `malformed_json`, `too_large`, and for a single event whatever {@link commitOne} throws.
 */
export async function ingestBody({
  ctx,
  bytes,
  cloud = false,
}: {
  ctx: Ctx;
  bytes: Uint8Array;
  cloud?: boolean;
}): Promise<IngestedBody> {
  requirePermission(ctx, "events.write");
  const text = decode(bytes);
  const around = levelsAround(text);
  if (around === 0) {
    if (bytes.length > limits.eventBytes && !mayBeBatch(text)) throw tooLong();
    const value = parseJson(text, limits.eventDepth);
    const events = cloud ? undefined : wrappedEvents(value);
    if (events) return { results: notingRefusals(ctx, commitChunks(batchOf(ctx, events, bytes.length))) };
    if (bytes.length > limits.eventBytes) throw tooLong();
    const event = cloud ? fromCloudEvent(value) : value;
    const take = async () => commitOne(prepareEvent(ctx, event, bytes.length, instantOf(new Date())));
    return { one: await notingRefusal(ctx, take) };
  }
  return { results: notingRefusals(ctx, commitChunks(readBatch(ctx, text, around, bytes.length, cloud))) };
}

function readBatch(ctx: Ctx, text: string, around: number, bytes: number, cloud: boolean): Iterable<Chunk> {
  let value: unknown;
  try {
    value = parseJson(text, limits.eventDepth + around);
  } catch (error) {
    // It is JSON, but something in it may not be: tell which of them it is in.
    const texts = isAppError(error) && error.extra.issues && !cloud ? elementTexts(text) : undefined;
    if (!texts) throw error;
    requireBatchSize(texts.length);
    return chunksOf(ctx, texts);
  }
  const events = Array.isArray(value) ? value : wrappedEvents(value);
  if (!events) throw new AppError("bad_request", "Expected one event, a list of events, or {events: […]}.");
  requireBatchSize(events.length);
  if (cloud) return [events.map((one) => orRefusal(() => prepareCloud(ctx, one, bytes / events.length)))];
  const texts = bytes > limits.eventBytes ? elementTexts(text) : undefined;
  return texts ? chunksOf(ctx, texts) : batchOf(ctx, events, bytes);
}

function prepareCloud(ctx: Ctx, value: unknown, bytes: number) {
  return prepareEvent(ctx, fromCloudEvent(value), Math.ceil(bytes), instantOf(new Date()));
}

function batchOf(ctx: Ctx, events: readonly unknown[], bytes: number): Iterable<Chunk> {
  requireBatchSize(events.length);
  return chunksOfValues(ctx, events, bytes);
}

/** The list of `{events}`; an event has an id and may have any other field. */
function wrappedEvents(value: unknown): unknown[] | undefined {
  if (typeof value !== "object" || value === null || "event_id" in value || !("events" in value))
    return undefined;
  return Array.isArray(value.events) ? value.events : undefined;
}

function mayBeBatch(text: string): boolean {
  return text.includes('"events"');
}

function decode(bytes: Uint8Array): string {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    throw new AppError("malformed_json", "The body is not valid UTF-8.");
  }
  if (text.trim() === "") throw new AppError("malformed_json", "The body is empty. Send an event as JSON.");
  return text;
}
