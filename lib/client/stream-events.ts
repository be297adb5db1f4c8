import type { BatchResult } from "#lib/ingest/schema.ts";
import type { Connection } from "./connection.ts";
import { readLines } from "./read-lines.ts";

type Options = { signal?: AbortSignal; failuresOnly?: boolean };

/**
 * Sends events as lines of JSON, taking from the source only as fast as the network does, and yields results as they are
 * committed. A connection that is lost midway leaves whole chunks: sending everything again is safe.
 * Browsers send such a stream over HTTP/2 alone; a page had better use a batch.
 */
export async function* streamEvents(
  { call }: Connection,
  events: AsyncIterable<object> | Iterable<object>,
  { failuresOnly = false, ...stop }: Options = {},
): AsyncGenerator<BatchResult> {
  const response = await call.send("POST", "/v1/ingest/events", {
    ...stop,
    headers: { "content-type": "application/x-ndjson", accept: "application/x-ndjson" },
    query: failuresOnly ? { results: "failed" } : {},
    body: asLines(events),
  });
  for await (const line of readLines(response.body)) {
    const result = line.trim() ? (JSON.parse(line) as Partial<BatchResult>) : {};
    // The last line holds the sums alone.
    if (typeof result.index === "number") yield result as BatchResult;
  }
}

/** Lines of JSON, pulled one by one. */
function asLines(events: AsyncIterable<object> | Iterable<object>): ReadableStream<Uint8Array> {
  const source = Symbol.asyncIterator in events ? events[Symbol.asyncIterator]() : events[Symbol.iterator]();
  const bytes = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const next = await source.next();
      if (next.done) controller.close();
      else controller.enqueue(bytes.encode(`${JSON.stringify(next.value)}\n`));
    },
    async cancel() {
      await source.return?.();
    },
  });
}
