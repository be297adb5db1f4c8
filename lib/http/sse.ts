import { messageOf } from "#lib/errors.ts";
import { log } from "#lib/log.ts";
import { toAppError } from "./problem.ts";
import { toJson } from "./reply.ts";

/** One event of a stream. `data` travels as JSON; `id` lets a client resume after it. */
export type ServerSentEvent = { event?: string; id?: string; data: unknown };

/** How often a silent stream says that it is alive, so that no proxy closes it. */
const PING_MS = 15_000;

/**
 * Answers with an event stream (WHATWG HTML, server-sent events). An error in mid-stream is sent as an event named
 * `error` with its code and closes the stream; when the reader leaves, the source is told to stop.
 * @param events what to send; its `return` is called when the reader leaves.
 */
export function sseResponse(
  events: AsyncIterable<ServerSentEvent>,
  init: { requestId: string; headers?: Record<string, string> },
): Response {
  const iterator = events[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let ping: NodeJS.Timeout | undefined;
  const stop = () => clearInterval(ping);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      ping = setInterval(() => controller.enqueue(encoder.encode(": ping\n\n")), PING_MS);
      ping.unref();
    },
    async pull(controller) {
      try {
        const next = await iterator.next();
        if (!next.done) return controller.enqueue(encoder.encode(formatEvent(next.value)));
      } catch (error) {
        const { code, message } = toAppError(error, init.requestId);
        const data = { code, error: code, detail: message, requestId: init.requestId };
        controller.enqueue(encoder.encode(formatEvent({ event: "error", data })));
      }
      stop();
      controller.close();
    },
    async cancel() {
      stop();
      try {
        await iterator.return?.();
      } catch (error) {
        log.warn(
          { requestId: init.requestId, reason: messageOf(error) },
          "stream source did not stop cleanly",
        );
      }
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
      vary: "accept",
      "x-request-id": init.requestId,
      ...init.headers,
    },
  });
}

/** One event as text: no name or id can break out of its line. */
export function formatEvent({ event, id, data }: ServerSentEvent): string {
  const line = (name: string, value: string | undefined) =>
    value === undefined ? "" : `${name}: ${value.replace(/[\r\n\0]/g, " ")}\n`;
  return `${line("event", event)}${line("id", id)}data: ${toJson(data ?? null)}\n\n`;
}
