import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { type Chunk, commitChunks, type Pace } from "./commit-chunks.ts";
import { prepareText, tooLong } from "./ingest-batch.ts";
import { notingRefusals } from "./note-refused-tenant.ts";
import type { PreparedEvent } from "./prepare-event.ts";
import type { BatchResult } from "./schema.ts";
import { type Line, lineSplitter } from "./split-lines.ts";
import type { Writer } from "./writer.ts";

/** Bytes of lines that make a chunk, however few they are. */
const CHUNK_BYTES = limits.flushBytes / 4;

/**
 * Takes events as lines of JSON (NDJSON) for as long as they come. A line that is wrong fails only itself; what has
 * arrived is committed as soon as no more is there and nothing before it is being committed, at most
 * `limits.chunkEvents` at once, in whole chunks.
 * @returns the results of one chunk after the other, in order.
 */
export async function* ingestStream({
  ctx,
  body,
}: {
  ctx: Ctx;
  body: ReadableStream<Uint8Array> | null;
}): AsyncGenerator<BatchResult[]> {
  requirePermission(ctx, "events.write");
  if (!body) return;
  const pace: Pace = { settled: Promise.resolve() };
  yield* notingRefusals(ctx, commitChunks(chunksOfLines(ctx, body, pace), pace));
}

async function* chunksOfLines(
  writer: Writer,
  body: ReadableStream<Uint8Array>,
  pace: Pace,
): AsyncGenerator<Chunk> {
  const reader = body.getReader();
  const lines = lineSplitter(limits.eventBytes);
  let chunk: (PreparedEvent | AppError)[] = [];
  let bytes = 0;
  const cut = () => {
    const whole = chunk;
    chunk = [];
    bytes = 0;
    return whole;
  };
  try {
    for (let done = false; !done; ) {
      const next = reader.read();
      // What has come is not held back for what may come much later.
      if (chunk.length > 0 && !(await isPrompt(next)) && !(await comesBefore(next, pace.settled)))
        yield cut();
      const piece = await next;
      done = piece.done;
      for (const line of piece.value ? lines.push(piece.value) : lines.end()) {
        chunk.push(readLine(writer, line));
        bytes += line.length;
        if (chunk.length >= limits.chunkEvents || bytes >= CHUNK_BYTES) yield cut();
      }
    }
    if (chunk.length > 0) yield cut();
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Whether a read ends before this turn of the event loop does. */
function isPrompt(read: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setImmediate(() => resolve(false));
    const prompt = () => {
      clearImmediate(late);
      resolve(true);
    };
    read.then(prompt, prompt);
  });
}

/** Whether a read ends before something else does. */
function comesBefore(read: Promise<unknown>, other: Promise<unknown>): Promise<boolean> {
  const told = () => true;
  return Promise.race([read.then(told, told), other.then(() => false)]);
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

function readLine(writer: Writer, line: Line): PreparedEvent | AppError {
  if (line === "too_long") return tooLong();
  let text: string;
  try {
    text = UTF8.decode(line);
  } catch {
    return new AppError("malformed_json", "The line is not valid UTF-8.");
  }
  return prepareText(writer, text);
}
