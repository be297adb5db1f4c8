import { routes, type ServerSentEvent, sseResponse } from "#lib/http/index.ts";
import { type Followed, followEvents, resumeAt, tailEvents } from "#lib/ingest/index.ts";
import { TailPage, TailQuery } from "#lib/ingest/schema.ts";

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes("/v1/events", {
  GET: {
    summary: "The event log, from an LSN on",
    description:
      "A page in LSN order. With `Accept: text/event-stream` a stream: each event is named `event`, its id is its LSN, and `Last-Event-ID` goes on after it without a gap or a repeat, on any node. A first event named `ready` tells where the stream begins. Streams end after ten minutes; come back with `Last-Event-ID`.",
    auth: "key-or-session",
    permission: "memory.read",
    query: TailQuery,
    output: TailPage,
    handler: ({ ctx, query, request }) => {
      if (!request.headers.get("accept")?.includes("text/event-stream"))
        return tailEvents({ ctx, input: query });
      const { limit: _limit, ...filter } = query;
      const from_lsn = resumeAt(request.headers) ?? query.from_lsn;
      const followed = followEvents({ ctx, input: { ...filter, from_lsn }, signal: request.signal });
      return sseResponse(asServerSent(followed), { requestId: ctx.requestId });
    },
  },
});

function asServerSent(followed: AsyncIterable<Followed>): AsyncIterable<ServerSentEvent> {
  const steps = followed[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const step = await steps.next();
        return step.done ? { done: true, value: undefined } : { value: serverSent(step.value) };
      },
      return: async () => {
        await steps.return?.();
        return { done: true, value: undefined };
      },
    }),
  };
}

function serverSent(step: Followed): ServerSentEvent {
  if ("start" in step) return { event: "ready", id: String(step.start), data: step.start };
  return { event: "event", id: String(step.event.lsn), data: step.event };
}
